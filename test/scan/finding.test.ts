import { describe, expect, test } from "vitest"
import { z } from "zod"
import {
  bySeverity,
  countSeverities,
  mergeFindings,
  parseReport,
  parseSeverity,
  reaches,
  SEVERITIES,
} from "../../lib/scan/finding.ts"
import { Severity } from "../../src/enums.ts"
import { finding } from "./sample.ts"

describe("finding", () => {
  describe("severity", () => {
    test.each([
      { threshold: Severity.CRITICAL, fail: ["CRITICAL"] },
      { threshold: Severity.HIGH, fail: ["HIGH", "CRITICAL"] },
      { threshold: Severity.UNKNOWN, fail: ["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"] },
    ])("fails at $fail with the threshold $threshold", ({ threshold, fail }) => {
      expect(SEVERITIES.filter((severity) => reaches(severity, threshold))).toEqual(fail)
    })

    test("has the values of the command line's enum", () => {
      expect(Object.keys(Severity)).toEqual(Object.values(Severity))
    })

    test("sorts the highest severity first", () => {
      expect([Severity.LOW, Severity.CRITICAL, Severity.HIGH].sort(bySeverity)).toEqual(["CRITICAL", "HIGH", "LOW"])
    })

    test("counts every severity, also one without findings", () => {
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

    test("refuses an unknown severity, which must not pass as harmless", () => {
      expect(() => parseSeverity("spicy")).toThrow(
        /^REPORT_INVALID: expected one of the severities UNKNOWN, .* got "spicy"/,
      )
    })
  })

  describe("finding", () => {
    const amd64 = "linux/amd64"
    const arm64 = "linux/arm64"

    test("merges a finding of several platforms into one entry", () => {
      const both = finding({ id: "CVE-1" })
      const one = finding({ id: "CVE-2" })
      const scans = [
        { platform: amd64, findings: [both] },
        { platform: arm64, findings: [{ ...both, purl: "pkg:deb/debian/lodash?arch=arm64" }, one] },
      ]
      expect(mergeFindings(scans).map(({ id, platforms }) => [id, platforms])).toEqual([
        ["CVE-1", [amd64, arm64]],
        ["CVE-2", [arm64]],
      ])
    })

    test.each([
      { name: "version", own: { installed: "4.17.10" } },
      { name: "severity", own: { severity: Severity.LOW } },
      { name: "file", own: { path: "other/package.json" } },
    ])("keeps findings with another $name apart", ({ own }) => {
      const scans = [
        { platform: amd64, findings: [finding()] },
        { platform: arm64, findings: [finding(own)] },
      ]
      expect(mergeFindings(scans).map(({ platforms }) => platforms)).toHaveLength(2)
    })

    test("names a platform once if it has the same finding twice", () => {
      expect(mergeFindings([{ platform: amd64, findings: [finding(), finding()] }])).toMatchObject([
        { platforms: [amd64] },
      ])
    })

    test("sorts known exploits first, then by severity and probability", () => {
      const findings = [
        finding({ id: "CVE-1", epss: 0.001 }),
        finding({ id: "CVE-2", severity: Severity.HIGH, epss: 0.9 }),
        finding({ id: "CVE-3", severity: Severity.LOW, kev: true, epss: 0.1 }),
        finding({ id: "CVE-4" }),
      ]
      const order = mergeFindings([{ platform: amd64, findings }]).map(({ id }) => id)
      expect(order).toEqual(["CVE-3", "CVE-4", "CVE-2", "CVE-1"])
    })

    test("sorts by severity, then by package", () => {
      const findings = [
        finding({ id: "CVE-3", severity: Severity.LOW, package: "a" }),
        finding({ id: "CVE-2", package: "b" }),
        finding({ id: "CVE-1", package: "b" }),
        finding({ id: "CVE-4", package: "a" }),
      ]
      const order = mergeFindings([{ platform: amd64, findings }]).map(({ id }) => id)
      expect(order).toEqual(["CVE-4", "CVE-1", "CVE-2", "CVE-3"])
    })
  })
})

describe("tool report", () => {
  const Schema = z.object({ count: z.number() })

  test("reads a report of the expected shape", () => {
    expect(parseReport(Schema, '{"count":1,"more":true}', { what: "a count" })).toEqual({ count: 1 })
  })

  test.each([
    { name: "of another shape", text: '{"count":"1"}', got: "✖ Invalid input: expected number, received string" },
    {
      name: "not JSON",
      text: "panic: runtime error\ngoroutine 1",
      got: 'text that is not JSON: "panic: runtime error"',
    },
    { name: "empty", text: "\n", got: "an empty report" },
  ])("refuses a report that is $name", ({ text, got }) => {
    expect(() => parseReport(Schema, text, { what: "a count" })).toThrow(`REPORT_INVALID: expected a count, got ${got}`)
  })
})
