import { expect, test } from "vitest"
import { readPurl } from "../../lib/scan/purl.ts"

test.each([
  { purl: "pkg:deb/debian/libcap2@1%3A2.66-4?arch=amd64", name: "pkg:deb/debian/libcap2", version: "1:2.66-4" },
  { purl: "pkg:npm/%40acme/lib@1.0.0#src", name: "pkg:npm/@acme/lib", version: "1.0.0" },
  { purl: "pkg:npm/@acme/lib", name: "pkg:npm/@acme/lib", version: "" },
  { purl: "pkg:npm/100%@1", name: "pkg:npm/100%", version: "1" },
  { purl: "", name: "", version: "" },
])("reads $purl", ({ purl, name, version }) => {
  expect(readPurl(purl)).toMatchObject({ name, version })
})

test("reads the qualifiers", () => {
  expect(readPurl("pkg:deb/debian/tar@1?arch=arm64&distro=debian-12").qualifiers.get("arch")).toBe("arm64")
})
