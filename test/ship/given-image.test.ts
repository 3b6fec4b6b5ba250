import type { Directory, File } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import type { Revision } from "../../lib/config/revision.ts"
import { type LayoutContent, openLayout } from "../../lib/oci/layout.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { isDirty, pairGivenImage, parseGivenProvenance, pullSizes } from "../../lib/ship/given-image.ts"
import { describeBuild } from "../../lib/sign/provenance.ts"
import { directoryOf, type LayoutFiles, putImage, putIndex } from "../oci/sample-layout.ts"

describe("given image", () => {
  const [layout, provenance] = [{} as Directory, {} as File]
  const commit = "0a".repeat(20)

  test("accepts an image with its provenance, and a commit only with both", () => {
    expect(pairGivenImage()).toBeUndefined()
    expect(pairGivenImage(layout, provenance)).toEqual({ layout, provenance })
    expect(pairGivenImage(layout, provenance, commit)).toEqual({ layout, provenance, commit })
  })

  test.each<[string, () => unknown, string]>([
    ["an image alone", () => pairGivenImage(layout), "got --layout alone"],
    ["a provenance alone", () => pairGivenImage(undefined, provenance), "got --provenance alone"],
    ["a commit alone", () => pairGivenImage(undefined, undefined, commit), "got --provenance-commit alone"],
    [
      "a short commit",
      () => pairGivenImage(layout, provenance, "0a0a0a0"),
      'expected a full git commit as --provenance-commit, got "0a0a0a0"',
    ],
    ["an empty commit", () => pairGivenImage(layout, provenance, ""), "expected a full git commit"],
  ])("%s is refused", (_, pair, message) => expect(pair).toThrow(message))
})

describe("given provenance", () => {
  const [amd64, arm64, other] = [digestOf("amd64"), digestOf("arm64"), digestOf("other")]
  const platforms = [
    { platform: "linux/amd64", digest: amd64 },
    { platform: "linux/arm64", digest: arm64 },
  ]
  const image = { digest: digestOf("index"), size: 1, manifests: platforms } as LayoutContent
  const revision: Revision = { commit: "f00d", time: 1, tags: [], dirty: false }
  const facts = {
    ...{ builderId: "https://ci.example.com/runner", parameters: {}, tools: [], baseImages: [], platforms },
    ...{ source: { commit: "f00d", dirty: false }, startedAt: new Date(0), finishedAt: new Date(1) },
  }
  const json = (change: Partial<Parameters<typeof describeBuild>[0]> = {}) =>
    JSON.stringify(describeBuild({ ...facts, ...change }))

  describe("the provenance of another job", () => {
    test("is accepted unchanged, in any order of the platforms", () => {
      const text = json({ platforms: [...platforms].reverse() })
      expect(parseGivenProvenance(text, image, { revision })).toEqual(JSON.parse(text))
    })

    test("is compared with the caller's commit if there is no checkout", () => {
      expect(parseGivenProvenance(json(), image, { commit: "f00d" })).toEqual(JSON.parse(json()))
      expect(() => parseGivenProvenance(json(), image, { commit: "beef" })).toThrow(
        "image of the commit beef, got one of f00d",
      )
    })

    test("is refused if neither a checkout nor the caller names its commit", () => {
      expect(() => parseGivenProvenance(json(), image)).toThrow(
        "PROVENANCE_INVALID: expected a commit to compare with the provenance, got a source without .git. Pass the source",
      )
    })

    test("is refused if the caller names another commit than the checkout's", () => {
      expect(() => parseGivenProvenance(json(), image, { revision, commit: "beef" })).toThrow("of the commit beef, got")
    })

    test("is refused if both it and the image have no platform", () => {
      const none = { ...image, manifests: [] }
      expect(() => parseGivenProvenance(json({ platforms: [] }), none, { revision })).toThrow("got one of no platform")
    })

    test.each<[string, string, string]>([
      [
        "of another image",
        json({ platforms: [{ platform: "linux/amd64", digest: other }] }),
        `expected a provenance of linux/amd64 ${amd64}, linux/arm64 ${arm64}, got one of linux/amd64 ${other}. Pass the`,
      ],
      ["of fewer platforms", json({ platforms: platforms.slice(0, 1) }), `got one of linux/amd64 ${amd64}. Pass the`],
      ["of no platform", json({ platforms: [] }), "got one of no platform"],
      [
        "of another commit",
        json({ source: { commit: "beef" } }),
        "expected an image of the commit f00d, got one of beef",
      ],
      ["of no commit", json({ source: {} }), "got one of no commit"],
      ["of another format", '{"predicate": 1}', 'expected SLSA v1 provenance, as JSON, got "{'],
      ["that is not JSON", "not JSON", 'got "not JSON"…'],
    ])("%s is refused", (_, text, message) => {
      expect(() => parseGivenProvenance(text, image, { revision })).toThrow(message)
    })
  })

  test.each([
    [false, false],
    [true, true],
    [undefined, true],
  ])("a build of a tree that is dirty: %s counts as %s", (dirty, counts) => {
    expect(
      isDirty(describeBuild({ ...facts, source: { commit: "f00d", ...(dirty !== undefined && { dirty }) } })),
    ).toBe(counts)
  })
})

describe("pull sizes", () => {
  test("a node pulls config and layers of its platform", async () => {
    const files: LayoutFiles = new Map()
    const image = putImage(files, "amd64", { content: "x".repeat(1000) })
    putIndex(files, [image])
    const { content } = await openLayout(directoryOf(files))
    const config = content.manifests[0]?.manifest.config.size ?? 0
    expect(pullSizes(content)).toEqual(new Map([[image.digest, config + 1000]]))
  })
})
