import { describe, expect, test } from "vitest"
import { applyExceptions, exceptionWarnings, matchesGlob, matchesPurl } from "../../lib/scan/exception.ts"
import { exception, merged } from "./sample.ts"

describe("exceptions", () => {
  const today = "2026-11-25"
  const lodash = merged()
  const other = merged({ id: "CVE-1" })

  test("removes a covered finding, and keeps the exception's owner and reason", () => {
    const { findings, applied } = applyExceptions([lodash, other], [exception()], today)
    expect(findings).toEqual([other])
    expect(applied).toEqual([
      {
        exception: exception(),
        finding: lodash,
        reason: "not reachable",
        source: "sec@acme.example",
        expires: "2027-01-31",
      },
    ])
  })

  test.each([
    { name: "its package", own: { package: "lodash" }, covered: true },
    { name: "another package", own: { package: "lodash-es" }, covered: false },
    { name: "a glob of its path", own: { paths: ["app/**/package.json"] }, covered: true },
    { name: "another path", own: { paths: ["srv/**"] }, covered: false },
    { name: "its purl", own: { purls: ["pkg:npm/lodash@4.17.11"] }, covered: true },
    { name: "another version's purl", own: { purls: ["pkg:npm/lodash@4.17.10"] }, covered: false },
    { name: "its kind", own: { kind: "vulnerability" as const }, covered: true },
    { name: "another kind", own: { kind: "license" as const }, covered: false },
    { name: "its package and another path", own: { package: "lodash", paths: ["srv/**"] }, covered: false },
  ])("an exception for $name covers: $covered", ({ own, covered }) => {
    expect(applyExceptions([lodash], [exception(own)], today).applied).toHaveLength(covered ? 1 : 0)
  })

  test("ignores an expired exception, and reports it", () => {
    const { findings, expired, unused } = applyExceptions([lodash], [exception({ expires: today })], today)
    expect(findings).toEqual([lodash])
    expect(unused).toEqual([])
    expect(exceptionWarnings({ expired, unused })).toEqual([
      "the exception for CVE-2019-10744 by sec@acme.example expired on 2026-11-25, so its finding counts again",
    ])
  })

  test("reports an exception that matches no finding", () => {
    const { unused } = applyExceptions([lodash], [exception({ id: "CVE-2" })], today)
    expect(exceptionWarnings({ expired: [], unused })).toEqual([
      "the exception for CVE-2 by sec@acme.example matches no finding: remove it",
    ])
  })
})

describe("exception match", () => {
  test.each([
    ["app/package.json", "app/package.json", true],
    ["app/package.json", "app/*.json", true],
    ["app/lib/package.json", "app/*.json", false],
    ["app/lib/package.json", "app/**", true],
    ["app/a/b/package.json", "app/**/package.json", true],
    ["app/package.json", "app/**/package.json", true],
    ["app/v1+2/x", "app/v1+2/?", true],
    ["myapp/package.json", "app/*", false],
    ["appxpackage", "app.package", false],
  ])("matches the path %s against the glob %s: %s", (path, glob, matches) => {
    expect(matchesGlob(path, glob)).toBe(matches)
  })

  test.each([
    ["pkg:npm/lodash@4.17.11", "pkg:npm/lodash", true],
    ["pkg:npm/lodash@4.17.11", "pkg:npm/lodash@4.17.11", true],
    ["pkg:npm/lodash@4.17.11", "pkg:npm/lodash@4.17.12", false],
    ["pkg:npm/%40acme/lib@1.0.0", "pkg:npm/@acme/lib", true],
    ["pkg:deb/debian/libcap2@1%3A2.66-4?arch=arm64&distro=debian-12.8", "pkg:deb/debian/libcap2@1:2.66-4", true],
    ["pkg:deb/debian/libcap2@1%3A2.66-4?arch=arm64", "pkg:deb/debian/libcap2?arch=amd64", false],
    ["", "pkg:npm/lodash", false],
  ])("matches the package %s against the purl %s: %s", (purl, pattern, matches) => {
    expect(matchesPurl(purl, pattern)).toBe(matches)
  })
})
