import { fileURLToPath } from "node:url"
import { dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { Severity } from "../../src/scan/severity.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const FOLDER = fileURLToPath(new URL("../fixtures/sarif", import.meta.url))
const sarif = (name: string) => dag.host().directory(FOLDER).file(`${name}.sarif.json`)

describe.each(["docker-scout", "snyk-container", "clair"])("a report of %s", (name) => {
  test("fails the gate by its HIGH finding", async () => {
    await expect(slipway().gateSarif(sarif(name))).rejects.toThrow(
      /^GATE_FAILED: expected no finding at or above HIGH, got 1 finding/,
    )
  })

  test("passes a gate that only CRITICAL findings fail", async () => {
    expect(await slipway().gateSarif(sarif(name), Severity.CRITICAL)).toMatch(/^passed: nothing at or above CRITICAL/)
  })
})

test("an exception holds for another scanner's finding too", async () => {
  const text = "exceptions: [{ id: CVE-2023-2603, reason: not reachable, owner: team, expires: 2099-01-31 }]\n"
  const passed = await slipway().gateSarif(sarif("clair"), Severity.HIGH, false, dag.file("exceptions.yaml", text))
  expect(passed).toContain("excepted: CVE-2023-2603")
})
