import { expect, test } from "vitest"
import { matchesGlob, matchesPurl } from "../../lib/scan/match.ts"

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
])("%s and the glob %s: %s", (path, glob, matches) => {
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
])("%s and the purl %s: %s", (purl, pattern, matches) => {
  expect(matchesPurl(purl, pattern)).toBe(matches)
})
