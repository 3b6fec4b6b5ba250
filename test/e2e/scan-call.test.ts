import { dag } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { Severity } from "../../src/enums.ts"
import { daggerCall } from "./dagger-call.ts"
import { DEBIAN, writeLayout } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

let image: string
let database: string
beforeAll(() => {
  image = writeLayout({ "linux/amd64": DEBIAN, "linux/arm64": DEBIAN })
  database = vulnerabilityDbFolder()
})

test("fails on an image with a HIGH finding, and names the finding", async () => {
  const { code, error, stdout } = await daggerCall([
    `--vulnerability-db=${database}`,
    "trivy-scan",
    `--layout=${image}`,
  ])
  expect(error).toContain("GATE_FAILED: expected no finding at or above HIGH, got 1 finding")
  expect(error).toMatch(/HIGH +CVE-2023-2603 +libcap2 +1:2\.66-4 +1:2\.66-99/)
  expect(stdout).toBe("")
  expect(code).toBe(1)
})

test("passes with the severity CRITICAL, and still shows the HIGH finding", async () => {
  const module = slipway({ vulnerabilityDb: dag.host().directory(database) })
  const said = await module.trivyScan(dag.host().directory(image), Severity.CRITICAL)
  expect(said).toMatch(/^passed: nothing at or above CRITICAL/)
  expect(said).toContain("CVE-2023-2603")
})
