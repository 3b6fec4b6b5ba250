import { expect, test } from "vitest"
import { judge, requireRules } from "../../lib/scan/gate.ts"
import { Severity } from "../../src/enums.ts"
import { merged, rules } from "./sample.ts"

const high = merged({ severity: Severity.HIGH })
const unfixed = merged({ severity: Severity.HIGH, fixed: "" })
const secret = merged({ kind: "secret", fixed: "" })
const ended = [{ platform: "linux/amd64", distribution: "alpine 3.9.4" }]

test.each([
  { name: "a finding at the threshold fails", findings: [high], own: {}, passed: false },
  { name: "one below passes", findings: [high], own: { threshold: Severity.CRITICAL }, passed: true },
  { name: "an unfixed one fails", findings: [unfixed], own: {}, passed: false },
  { name: "an unfixed one passes when ignored", findings: [unfixed], own: { ignoreUnfixed: true }, passed: true },
  { name: "a secret is never unfixed", findings: [secret], own: { ignoreUnfixed: true }, passed: false },
  { name: "nothing passes", findings: [], own: {}, passed: true },
])("$name", ({ findings, own, passed }) => {
  const verdict = judge(findings, [], rules(own))
  expect(verdict).toMatchObject({ passed, failing: passed ? [] : findings })
})

test.each([
  { failOnEndOfLife: false, passed: true, endOfLife: [] },
  { failOnEndOfLife: true, passed: false, endOfLife: ended },
])(
  "a base at its end of life with failOnEndOfLife $failOnEndOfLife: passed $passed",
  ({ failOnEndOfLife, ...verdict }) => {
    expect(judge([], ended, rules({ failOnEndOfLife }))).toEqual({ failing: [], ...verdict })
  },
)

test.each([
  {
    name: "a mistyped scanner",
    own: { scanners: ["vulns"] },
    message: 'scanners out of vuln, secret, misconfig, license, got "vulns". Did you mean vuln?',
  },
  {
    name: "no scanner",
    own: { scanners: [] },
    message: "scanners out of vuln, secret, misconfig, license, got none. Name at least one",
  },
  {
    name: "an unknown package type",
    own: { pkgTypes: ["os", "firmware"] },
    message: 'pkgTypes out of os, library, got "firmware"',
  },
  { name: "a negative age", own: { maxDbAge: -1 }, message: "maxDbAge in hours, or 0 for any age, got -1" },
])("$name is refused before it lets everything pass", ({ own, message }) => {
  expect(() => requireRules(rules(own))).toThrow(`OPTIONS_INVALID: expected ${message}`)
})
