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
      expect(() => parseSeverity("spicy")).toThrow(
        /^REPORT_INVALID: expected a severity out of UNKNOWN, .* got "spicy"/,
      )
    })
  })

  describe("finding", () => {
    const amd64 = "linux/amd64"
    const arm64 = "linux/arm64"

    test("one line per finding, with the platforms that have it", () => {
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
    ])("another $name is another line", ({ own }) => {
      const scans = [
        { platform: amd64, findings: [finding()] },
        { platform: arm64, findings: [finding(own)] },
      ]
      expect(mergeFindings(scans).map(({ platforms }) => platforms)).toHaveLength(2)
    })

    test("the same finding twice on a platform names the platform once", () => {
      expect(mergeFindings([{ platform: amd64, findings: [finding(), finding()] }])).toMatchObject([
        { platforms: [amd64] },
      ])
    })

    test("the worst first, then by package", () => {
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

  test("reads what has the shape", () => {
    expect(parseReport(Schema, '{"count":1,"more":true}', { what: "a count" })).toEqual({ count: 1 })
  })

  test.each([
    { name: "another shape", text: '{"count":"1"}', got: "✖ Invalid input: expected number, received string" },
    { name: "no JSON", text: "panic: runtime error\ngoroutine 1", got: 'no JSON: "panic: runtime error"' },
    { name: "nothing", text: "\n", got: "no JSON, but an empty text" },
  ])("says what it got instead when it is $name", ({ text, got }) => {
    expect(() => parseReport(Schema, text, { what: "a count" })).toThrow(`REPORT_INVALID: expected a count, got ${got}`)
  })
})
