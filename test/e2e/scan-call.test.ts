import { beforeAll, expect, test } from "vitest"
import { daggerCall } from "./dagger-call.ts"
import { DEBIAN, writeLayout } from "./scan-image.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

let call: string[]
beforeAll(() => {
  const image = writeLayout({ "linux/amd64": DEBIAN, "linux/arm64": DEBIAN })
  call = [`--vulnerability-db=${vulnerabilityDbFolder()}`, "trivy-scan", `--layout=${image}`]
})

test("fails on an image with a HIGH finding, and names the finding", async () => {
  const { code, error, stdout } = await daggerCall(call)
  expect(error).toContain("GATE_FAILED: expected no finding at or above HIGH, got 1 finding")
  expect(error).toMatch(/HIGH +CVE-2023-2603 +libcap2 +1:2\.66-4 +1:2\.66-99/)
  expect(stdout).toBe("")
  expect(code).toBe(1)
})

test("passes with --severity=CRITICAL, and still shows the HIGH finding", async () => {
  const { code, stdout } = await daggerCall([...call, "--severity=CRITICAL"])
  expect(stdout).toMatch(/^passed: nothing at or above CRITICAL/)
  expect(stdout).toContain("CVE-2023-2603")
  expect(code).toBe(0)
})
