import { expect, test } from "vitest"
import { bySeverity, countSeverities, parseSeverity, reaches, SEVERITIES } from "../../lib/scan/severity.ts"
import { Severity } from "../../src/enums.ts"

test.each([
  { threshold: Severity.CRITICAL, fail: ["CRITICAL"] },
  { threshold: Severity.HIGH, fail: ["HIGH", "CRITICAL"] },
  { threshold: Severity.UNKNOWN, fail: ["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"] },
])("a threshold of $threshold means $fail", ({ threshold, fail }) => {
  expect(SEVERITIES.filter((severity) => reaches(severity, threshold))).toEqual(fail)
})

test("the command line shows and takes the same words", () => {
  expect(Object.keys(Severity)).toEqual(Object.values(Severity))
})

test("sorts the worst first", () => {
  expect([Severity.LOW, Severity.CRITICAL, Severity.HIGH].sort(bySeverity)).toEqual(["CRITICAL", "HIGH", "LOW"])
})

test("counts every severity, those without a finding too", () => {
  const findings = [{ severity: Severity.HIGH }, { severity: Severity.HIGH }, { severity: Severity.LOW }]
  expect(countSeverities(findings)).toEqual({ CRITICAL: 0, HIGH: 2, MEDIUM: 0, LOW: 1, UNKNOWN: 0 })
})

test.each([
  ["Critical", "CRITICAL"],
  ["Negligible", "LOW"],
  ["moderate", "MEDIUM"],
  ["Defcon1", "CRITICAL"],
])("reads a scanner's %s as %s", (word, severity) => {
  expect(parseSeverity(word)).toBe(severity)
})

test("a word that no one knows must not pass as harmless", () => {
  expect(() => parseSeverity("spicy")).toThrow(/^REPORT_INVALID: expected a severity out of UNKNOWN, .* got "spicy"/)
})
