import { describe, expect, test } from "vitest"
import { digestOf, digestRef, parseDigestRef, parseRepository } from "../../lib/oci/reference.ts"
import {
  type ImageSource,
  imageSource,
  isHeld,
  newerName,
  renderTags,
  requireFree,
  requireName,
  revisionSource,
  standingOf,
  type TagState,
  tagState,
} from "../../lib/publish/tag-state.ts"

describe("tag order", () => {
  const at = (order: number, rest: Partial<ImageSource> = {}): ImageSource => ({
    revision: `c${order}`,
    order,
    ...rest,
  })

  describe("the image at a floating tag is", () => {
    test.each<{ name: string; theirs: ImageSource; ours: ImageSource; is: string }>([
      { name: "newer by its commit's time", theirs: at(200), ours: at(100), is: "newer" },
      { name: "older by its commit's time", theirs: at(100), ours: at(200), is: "older" },
      { name: "not newer if it has the same time", theirs: at(100), ours: at(100, { revision: "other" }), is: "older" },
      { name: "unknown if it names no commit", theirs: {}, ours: at(100), is: "unknown" },
      { name: "unknown if ours names no commit", theirs: at(100), ours: {}, is: "unknown" },
      {
        name: "unknown if it comes from another repository",
        theirs: at(200, { repository: "https://h/a" }),
        ours: at(100, { repository: "https://h/b" }),
        is: "unknown",
      },
      {
        name: "comparable if one of them names no repository",
        theirs: at(200, { repository: "https://h/a" }),
        ours: at(100),
        is: "newer",
      },
      {
        name: "newer by time if versions do not count",
        theirs: at(200, { version: "1.0.0" }),
        ours: at(100, { version: "2.0.0" }),
        is: "newer",
      },
    ])("$name", ({ theirs, ours, is }) => {
      expect(standingOf(theirs, ours)).toBe(is)
    })
  })

  describe("the image at a tag of a version series is", () => {
    test.each<{ name: string; theirs: ImageSource; ours: ImageSource; is: string }>([
      {
        name: "newer by its version, although a patch of the older series was committed later",
        theirs: at(100, { version: "1.10.0" }),
        ours: at(200, { version: "1.9.1" }),
        is: "newer",
      },
      {
        name: "older by its version, although it was committed later",
        theirs: at(200, { version: "1.9.1" }),
        ours: at(100, { version: "1.10.0" }),
        is: "older",
      },
      {
        name: "newer by its time if the versions are equal",
        theirs: at(200, { version: "1.0.0" }),
        ours: at(100, { version: "1.0.0" }),
        is: "newer",
      },
      {
        name: "newer by its time if it has no version",
        theirs: at(200),
        ours: at(100, { version: "1.0.0" }),
        is: "newer",
      },
    ])("$name", ({ theirs, ours, is }) => {
      expect(standingOf(theirs, ours, true)).toBe(is)
    })
  })

  const oci = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`org.opencontainers.image.${name}`, value]))

  test.each<{ name: string; labels?: Record<string, string>; source: ImageSource }>([
    { name: "nothing", source: {} },
    {
      name: "all fields",
      labels: oci({ source: "https://h/a", revision: "c0ffee", created: "1970-01-01T00:01:40Z", version: "1.2.3" }),
      source: { repository: "https://h/a", revision: "c0ffee", order: 100, version: "1.2.3" },
    },
    { name: "no time without a commit", labels: oci({ created: "2026-01-01T00:00:00Z" }), source: {} },
    {
      name: "no invalid time",
      labels: oci({ revision: "c0ffee", created: "soon" }),
      source: { revision: "c0ffee" },
    },
    {
      name: "no time of zero, which reproducible builds write",
      labels: oci({ revision: "c0ffee", created: "1970-01-01T00:00:00Z" }),
      source: { revision: "c0ffee" },
    },
  ])("reads $name from the labels of an image", ({ labels, source }) => {
    expect(imageSource(labels)).toEqual(source)
  })

  test("a revision gives the source of its image; with changes it has no version", () => {
    const revision = { commit: "c0ffee", time: 100, tags: ["v1.2.3"], dirty: false, url: "https://h/a" }
    const source = { repository: "https://h/a", revision: "c0ffee", order: 100 }
    expect(revisionSource(revision)).toEqual({ ...source, version: "1.2.3" })
    expect(revisionSource({ ...revision, dirty: true })).toEqual(source)
    expect(revisionSource(undefined)).toEqual({})
  })

  test.each([
    { name: "its commit", source: at(1, { version: "1.0.0" }), byVersion: false, text: "c1" },
    { name: "its version in a version series", source: at(1, { version: "1.0.0" }), byVersion: true, text: "1.0.0" },
    { name: "its commit if it has no version", source: at(1), byVersion: true, text: "c1" },
    {
      name: "a placeholder if it has neither",
      source: { version: "1.0.0" },
      byVersion: false,
      text: "an unnamed commit",
    },
  ])("a newer image is named by $name", ({ source, byVersion, text }) => {
    expect(newerName(source, byVersion)).toBe(text)
  })
})

describe("tag state", () => {
  const ref = digestRef(parseRepository("ghcr.io/acme/app"), digestOf("ours"))
  const other = digestOf("theirs")
  const latest = { name: "latest", floating: true }
  const old = { revision: "0ld", order: 100 }
  const young = { revision: "y0ung", order: 200 }

  test.each<{ name: string; theirs: object; ours: object; state: object }>([
    { name: "a newer image", theirs: young, ours: old, state: { at: "newer", newer: "y0ung" } },
    { name: "an older image", theirs: old, ours: young, state: { at: "older" } },
    { name: "an image that names no commit", theirs: {}, ours: young, state: { at: "unknown", unordered: true } },
    {
      name: "an image of another repository, with a known commit",
      theirs: { ...young, repository: "https://h/a" },
      ours: { ...old, repository: "https://h/b" },
      state: { at: "unknown", foreign: "https://h/a" },
    },
    { name: "an image that names no commit, like ours", theirs: {}, ours: {}, state: { at: "unknown" } },
  ])("a tag can be at $name", ({ theirs, ours, state }) => {
    expect(tagState(latest, { current: { digest: other, theirs }, ours })).toEqual({
      ...latest,
      digest: other,
      ...state,
    })
  })

  test.each<[string, TagState, boolean]>([
    ["a floating one at a newer image", { ...latest, at: "newer" }, true],
    ["a floating one at an older image", { ...latest, at: "older" }, false],
    ["a floating one at an image of unknown source", { ...latest, at: "unknown" }, false],
    ["a free one", { ...latest, at: "nothing" }, false],
    ["a fixed one, which is a conflict instead", { name: "v1", floating: false, at: "newer" }, false],
  ])("a tag stays where it is: %s", (_, state, held) => {
    expect(isHeld(state)).toBe(held)
  })

  describe("a fixed tag", () => {
    const fixed = { name: "v1", floating: false }
    test.each<[string, TagState]>([
      ["is free", { ...fixed, at: "nothing" }],
      ["is already there", { ...fixed, at: "itself", digest: digestOf("ours") }],
      ["may be elsewhere if it floats", { ...latest, at: "older", digest: other }],
    ])("%s", (_, state) => expect(() => requireFree(ref, [state])).not.toThrow())

    test("is a conflict at any other digest, and the message names that digest", () => {
      const taken: TagState = { ...fixed, at: "older", digest: other }
      expect(() => requireFree(ref, [taken])).toThrow(
        `TAG_CONFLICT: expected the tag v1 to be free or at ${ref}, got v1 at ${other}.`,
      )
    })
  })

  test("an image is not deployed if newer images keep all of its tags", () => {
    const held = [{ ...latest, newer: "y0ung" }]
    expect(() => requireName(ref, held, true)).toThrow(
      /^TAG_CONFLICT: expected a tag for ghcr.*, got latest at the newer y0ung\. Add \{sha\} to the tags/,
    )
    expect(() => requireName(ref, held, false)).not.toThrow()
    expect(() => requireName(ref, [], true)).not.toThrow()
  })
})

describe("tagged text", () => {
  const ref = parseDigestRef(`ghcr.io/acme/app@sha256:${"0a".repeat(32)}`)

  test("lists each tag with its change", () => {
    const written = [
      { name: "v1.2.3", change: "created" as const },
      { name: "v1.2", change: "unchanged" as const },
      { name: "latest", change: "moved" as const },
    ]
    expect(renderTags(ref, written)).toBe(`${ref}\n  v1.2.3 (created)\n  v1.2 (unchanged)\n  latest (moved)`)
  })

  test("reports that a commit earns no tag", () => {
    expect(renderTags(ref, [])).toBe(`${ref}: this commit earns none of the tags, so none was written`)
  })

  test("lists the newer image at a tag, the previous image of a tag, and tags that are not earned", () => {
    const kept = { name: "latest", change: "superseded" as const, newer: "beef" }
    const moved = { name: "stable", change: "moved" as const, unordered: true }
    const foreign = { name: "v1", change: "moved" as const, foreign: "https://git.example/acme/old" }
    const unearned = [{ template: "{semver}", reason: "not earned with uncommitted changes" }]
    expect(renderTags(ref, [kept, moved, foreign], unearned)).toBe(
      `${ref}\n  latest (not moved; it is at the newer beef)\n  stable (moved; the previous image names no commit)\n  v1 (moved; the previous image came from another repository, https://git.example/acme/old)\n  {semver}: not earned with uncommitted changes`,
    )
  })
})

test("an image on newer bases is named by its annotation, and as one in messages", () => {
  const labels = { "org.opencontainers.image.revision": "f00d", "dev.slipway.bases": "0a1b2c3d4e" }
  const source = imageSource(labels)
  expect(source).toEqual({ revision: "f00d", bases: "0a1b2c3d4e" })
  expect(newerName(source)).toBe("f00d on newer bases")
  const revision = { commit: "f00d", time: 7, tags: [], dirty: false, refresh: { bases: "0a1b2c3d4e", at: 9 } }
  expect(revisionSource(revision)).toEqual({ revision: "f00d", order: 7, bases: "0a1b2c3d4e" })
})
