import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { daggerCall } from "./dagger-call.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

let source: string
let database: string
beforeAll(() => {
  database = vulnerabilityDbFolder()
  source = mkdtempSync(join(tmpdir(), "slipway-consumed-"))
  writeFileSync(
    join(source, "Dockerfile"),
    "FROM gcr.io/distroless/static-debian12:latest\nCOPY Dockerfile /\nUSER 7\n",
  )
  writeFileSync(join(source, "slipway.yaml"), "test: false\n")
})

/** Calls a function of a module that depends on this one. */
const call = (module: string, ...args: string[]) =>
  daggerCall(["-m", module, `--vulnerability-db=${database}`, ...args])

const MODULES = [
  { language: "TypeScript", module: "examples/consumer" },
  { language: "Go", module: "examples/consumer-go" },
]

test.each(MODULES)("passes one function's result to the next in a module in $language", async ({ module }) => {
  const checked = await call(module, "check", `--source=${source}`)
  expect(checked.code, checked.error).toBe(0)
  expect(checked.stdout).toContain("CRITICAL")
})

test.each(MODULES)("ships from a module in $language", async ({ module }) => {
  const released = await call(module, "release", `--source=${source}`)
  expect(released.code, released.error).toBe(0)
  expect(released.stdout).toMatch(/^REHEARSAL: nothing left this engine/)
  expect(released.stdout).toMatch(/^tags +v1 \(created\)$/m)
  expect(released.stdout).toContain("at or above CRITICAL")
})
