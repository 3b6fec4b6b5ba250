import { expect, test } from "vitest"
import { exceptionsVex, renderFormats } from "../../lib/scan/formats.ts"
import { assessment, exception, merged } from "./sample.ts"

const naming = { name: "ghcr.io/acme/app", now: new Date("2026-11-25T12:00:00Z") }

test("every format has its file", () => {
  const formats = renderFormats(assessment(), naming)
  expect(Object.keys(formats)).toEqual([
    "findings.txt",
    "findings.json",
    "findings.sarif",
    "gl-container-scanning-report.json",
    "exceptions.openvex.json",
  ])
  expect(JSON.parse(formats["findings.json"] ?? "")).toEqual(assessment())
})

test("the text holds every finding, however many", () => {
  const findings = Array.from({ length: 80 }, (_, at) => merged({ id: `CVE-${at}` }))
  expect(renderFormats(assessment({ failing: findings }), naming)["findings.txt"]).toContain("CVE-79")
})

test("exceptions speak about the platforms' digests", () => {
  const applied = [{ exception: exception(), finding: merged(), reason: "", source: "" }]
  const vex = JSON.parse(exceptionsVex(assessment({ exceptions: { applied, expired: [], unused: [] } }), naming))
  expect(vex["@id"]).toBe("urn:slipway:openvex:0a0a0a0a0a0a:1795608000000")
  expect(vex.statements[0].products[0]["@id"]).toContain("pkg:oci/app@sha256%3A0a0a")
})
