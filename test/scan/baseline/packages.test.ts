import { describe, expect, test } from "vitest"
import { diffPackages, type Package, readCycloneDx } from "../../../lib/scan/baseline/packages.ts"

const bom = (...components: object[]) => JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.7", components })
const library = (name: string, version: string, purl: string) => ({ type: "library", name, version, purl })

describe("the packages of a CycloneDX SBOM", () => {
  test.each([
    {
      name: "a package of a distribution, without the distribution's name",
      component: library("libcap2", "1:2.66-4", "pkg:deb/debian/libcap2@2.66-4?arch=amd64&epoch=1"),
      found: [{ type: "deb", name: "libcap2", version: "1:2.66-4" }],
    },
    {
      name: "a library with a scope",
      component: library("lib", "1.0.0", "pkg:npm/%40acme/lib@1.0.0"),
      found: [{ type: "npm", name: "@acme/lib", version: "1.0.0" }],
    },
    {
      name: "a Go module",
      component: library("golang.org/x/text", "v0.3.0", "pkg:golang/golang.org/x/text@v0.3.0"),
      found: [{ type: "golang", name: "golang.org/x/text", version: "v0.3.0" }],
    },
    {
      name: "the version of the purl, if the component has none",
      component: { type: "library", name: "tar", purl: "pkg:deb/debian/tar@1.34" },
      found: [{ type: "deb", name: "tar", version: "1.34" }],
    },
    {
      name: "the distribution",
      component: { type: "operating-system", name: "debian", version: "12.8" },
      found: [{ type: "os", name: "debian", version: "12.8" }],
    },
    { name: "no lock file", component: { type: "application", name: "app/package-lock.json" }, found: [] },
  ])("include $name", ({ component, found }) => {
    expect(readCycloneDx(bom(component))).toEqual(found)
  })

  test.each(["", "[]", '{"spdxVersion":"SPDX-2.3"}', '{"bomFormat":"CycloneDX","components":[{}]}'])(
    "are not read from %s",
    (text) => {
      expect(() => readCycloneDx(text)).toThrow(/^REPORT_INVALID: expected a CycloneDX SBOM/)
    },
  )

  test("are none in an SBOM of an empty image", () => {
    expect(readCycloneDx('{"bomFormat":"CycloneDX"}')).toEqual([])
  })
})

describe("the difference of packages", () => {
  const deb = (name: string, version: string): Package => ({ type: "deb", name, version })
  const change = { type: "deb", name: "tar", platforms: ["linux/amd64"] }

  test.each([
    { name: "an added package", before: [], after: [deb("tar", "2")], found: [{ ...change, from: [], to: ["2"] }] },
    { name: "a removed package", before: [deb("tar", "1")], after: [], found: [{ ...change, from: ["1"], to: [] }] },
    {
      name: "another version",
      before: [deb("tar", "1")],
      after: [deb("tar", "2")],
      found: [{ ...change, from: ["1"], to: ["2"] }],
    },
    {
      name: "one of two versions",
      before: [deb("tar", "2"), deb("tar", "1")],
      after: [deb("tar", "2")],
      found: [{ ...change, from: ["1", "2"], to: ["2"] }],
    },
    {
      name: "no difference of order or number",
      before: [deb("tar", "1"), deb("sed", "4")],
      after: [deb("sed", "4"), deb("tar", "1"), deb("tar", "1")],
      found: [],
    },
    {
      name: "two packages of the same name and different types",
      before: [{ type: "npm", name: "tar", version: "1" }],
      after: [deb("tar", "1")],
      found: [
        { ...change, from: [], to: ["1"] },
        { ...change, type: "npm", from: ["1"], to: [] },
      ],
    },
  ])("shows $name", ({ before, after, found }) => {
    expect(diffPackages([{ platform: "linux/amd64", before, after }])).toEqual(found)
  })

  test("is merged over platforms, where it is the same, and in order of the name", () => {
    const before = [deb("zlib", "1")]
    const diff = diffPackages([
      { platform: "linux/amd64", before, after: [deb("zlib", "2"), deb("bash", "5")] },
      { platform: "linux/arm64", before, after: [deb("zlib", "2")] },
    ])
    expect(diff.map(({ name, platforms }) => [name, platforms])).toEqual([
      ["bash", ["linux/amd64"]],
      ["zlib", ["linux/amd64", "linux/arm64"]],
    ])
  })
})
