import { describe, expect, test } from "vitest"
import { renderSarif, renderServicesSarif } from "../../lib/scan/sarif-report.ts"
import { Severity } from "../../src/enums.ts"
import { assessment, comparison, merged, rules } from "./sample.ts"

const read = (own: Parameters<typeof assessment>[0]) =>
  JSON.parse(renderSarif(assessment(own), "ghcr.io/acme/app")).runs[0]

test("writes one run, one rule per id and one result per finding", () => {
  const findings = [merged(), merged({ installed: "4.17.10" })]
  const { tool, results } = read({ findings })
  expect(tool.driver).toMatchObject({ name: "Trivy", version: "0.74.0" })
  expect(tool.driver.rules).toMatchObject([{ id: "CVE-2019-10744", properties: { "security-severity": "9.5" } }])
  expect(results).toHaveLength(2)
  expect(results[0].message.text).toBe("CRITICAL CVE-2019-10744 in lodash 4.17.11 on linux/amd64: fixed in 4.17.12")
})

test.each([
  [Severity.CRITICAL, "error"],
  [Severity.HIGH, "error"],
  [Severity.MEDIUM, "warning"],
  [Severity.LOW, "note"],
  [Severity.UNKNOWN, "note"],
])("writes %s as the level %s", (severity, level) => {
  expect(read({ findings: [merged({ severity })] }).results[0].level).toBe(level)
})

test("says what is known about exploits and licences", () => {
  const licenses = { allow: [], deny: ["MIT"] }
  const findings = [merged({ kev: true, epss: 0.9 }), merged({ kind: "license", id: "MIT", fixed: "" })]
  const [exploited, license] = read({ findings, rules: rules({ licenses }) }).results
  expect(exploited).toMatchObject({ properties: { knownExploited: true, epss: 0.9 } })
  expect(exploited.message.text).toMatch(/: fixed in 4\.17\.12; known exploit, EPSS 0\.9$/)
  expect(license.message.text).toMatch(/MIT in lodash .*; denied licence$/)
})

test("locates a finding of an OS package at the image", () => {
  const [result] = read({ findings: [merged({ path: "", fixed: "" })] }).results
  expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe("ghcr.io/acme/app")
  expect(result.message.text).toMatch(/: no fixed version$/)
})

test("keeps an excepted finding, suppressed with its reason", () => {
  const suppressed = [{ finding: merged(), reason: "not reachable", source: "sec@acme.example", expires: "2027-01-31" }]
  const { results } = read({ findings: [], suppressed })
  expect(results[0].suppressions).toEqual([
    { kind: "external", status: "accepted", justification: "not reachable (sec@acme.example, until 2027-01-31)" },
  ])
})

test("writes a run with a separate category for each service, because GitHub refuses a second run of one category", () => {
  const of = (service: string) => ({
    service,
    name: `ghcr.io/acme/${service}`,
    assessment: assessment({ findings: [merged()] }),
  })
  const { version, runs } = JSON.parse(renderServicesSarif([of("api"), of("web")]))
  expect(version).toBe("2.1.0")
  expect(runs.map((run: { automationDetails: object }) => run.automationDetails)).toEqual([
    { id: "slipway/api/" },
    { id: "slipway/web/" },
  ])
  expect(runs[1].results[0].locations[0].message.text).toMatch(/^ghcr\.io\/acme\/web: /)
})

describe("the state of a result", () => {
  const [old, fresh] = [merged({ id: "CVE-1" }), merged({ id: "CVE-2" })]
  const suppressed = [{ finding: old, reason: "not reachable", source: "sec@acme.example" }]
  const states = (own: Parameters<typeof assessment>[0]) =>
    read({ findings: [old, fresh], suppressed, ...own }).results.map((one: object) => Object(one).baselineState)

  test("is set for every result in a comparison, and no fixed finding is a result", () => {
    const compared = comparison({ unchanged: [old], fixed: [merged({ id: "CVE-3" })] })
    expect(states({ comparison: compared })).toEqual(["unchanged", "new", "unchanged"])
  })

  test("is set for none without a deployed image", () => {
    const none = [undefined, undefined, undefined]
    expect(states({})).toEqual(none)
    expect(states({ comparison: comparison({ deployed: undefined }) })).toEqual(none)
  })
})
