import { execFileSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const COPY = fileURLToPath(new URL("../../examples/copy", import.meta.url))

test("a copy of an example has one commit of all its files, with the same digest each time", () => {
  const base = mkdtempSync(join(tmpdir(), "slipway-copies-"))
  const copies = ["first", "second"].map((name) => join(base, name))
  for (const folder of copies) execFileSync(COPY, ["hello-go", folder])
  const [first, second] = copies.map((folder) => (...args: string[]) => {
    return execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" }).trim()
  })
  expect(first?.("rev-parse", "main")).toBe(second?.("rev-parse", "HEAD"))
  expect(first?.("rev-list", "--count", "HEAD")).toBe("1")
  expect(first?.("status", "--short")).toBe("")
  expect(first?.("ls-files").split("\n")).toContain("routes_test.go")
})
