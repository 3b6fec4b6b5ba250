import { fileURLToPath } from "node:url"
import { dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { Severity } from "../../src/enums.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const FOLDER = fileURLToPath(new URL("../fixtures/sarif", import.meta.url))
const sarif = (name: string) => dag.host().directory(FOLDER).file(`${name}.sarif.json`)

describe.each([
  { name: "docker-scout", found: "2 findings" },
  { name: "snyk-container", found: "1 finding" },
  { name: "clair", found: "3 findings" },
])("a report of $name", ({ name, found }) => {
  test("fails the gate with a finding for each package", async () => {
    const gated = slipway().gateSarif(sarif(name))
    await expect(gated).rejects.toThrow(`GATE_FAILED: expected no finding at or above HIGH, got ${found}.`)
    await expect(gated).rejects.toThrow(/HIGH +CVE-2023-2603 +libcap2[^\n]* +1:2\.66-4 /)
  })

  test("passes the gate at the threshold CRITICAL", async () => {
    expect(await slipway().gateSarif(sarif(name), Severity.CRITICAL)).toMatch(/^passed: nothing at or above CRITICAL/)
  })
})

test("applies an exception for one package of a CVE to that package only", async () => {
  const exception = "{ id: CVE-2023-2603, package: libcap2, reason: not reachable, owner: team, expires: 2099-01-31 }"
  const file = dag.file("exceptions.yaml", `exceptions: [${exception}]\n`)
  const gated = (name: string) => slipway().gateSarif(sarif(name), Severity.HIGH, false, file)
  expect(await gated("snyk-container")).toContain("excepted: CVE-2023-2603 in libcap2 1:2.66-4")
  await expect(gated("docker-scout")).rejects.toThrow(/got 1 finding\..*CVE-2023-2603 +libcap2-bin/s)
})

test("refuses the report of a scanner that lacked its database", async () => {
  const invocations = [{ executionSuccessful: false, exitCodeDescription: "no vulnerability database" }]
  const runs = [{ tool: { driver: { name: "snyk" } }, results: [], invocations }]
  const broken = dag.file("broken.sarif", JSON.stringify({ version: "2.1.0", runs }))
  await expect(slipway().gateSarif(broken)).rejects.toThrow(/^SCANNER_FAILED: .*got no vulnerability database\./)
})
