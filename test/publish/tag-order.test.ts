import { describe, expect, test } from "vitest"
import { type ImageSource, imageSource, newerName, revisionSource, standingOf } from "../../lib/publish/tag-order.ts"

const at = (order: number, rest: Partial<ImageSource> = {}): ImageSource => ({ revision: `c${order}`, order, ...rest })

describe("the image at a floating tag is", () => {
  test.each<{ name: string; theirs: ImageSource; ours: ImageSource; is: string }>([
    { name: "newer by its commit's time", theirs: at(200), ours: at(100), is: "newer" },
    { name: "older by its commit's time", theirs: at(100), ours: at(200), is: "older" },
    { name: "no newer if it is as old", theirs: at(100), ours: at(100, { revision: "other" }), is: "older" },
    { name: "unknown if it names no commit", theirs: {}, ours: at(100), is: "unknown" },
    { name: "unknown to one that names none", theirs: at(100), ours: {}, is: "unknown" },
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
      name: "newer by time where versions do not count",
      theirs: at(200, { version: "1.0.0" }),
      ours: at(100, { version: "2.0.0" }),
      is: "newer",
    },
  ])("$name", ({ theirs, ours, is }) => {
    expect(standingOf(theirs, ours)).toBe(is)
  })
})

describe("the image at a tag of a line of versions is", () => {
  test.each<{ name: string; theirs: ImageSource; ours: ImageSource; is: string }>([
    {
      name: "newer by its version, though a patch of the older line was committed later",
      theirs: at(100, { version: "1.10.0" }),
      ours: at(200, { version: "1.9.1" }),
      is: "newer",
    },
    {
      name: "older by its version, though it was committed later",
      theirs: at(200, { version: "1.9.1" }),
      ours: at(100, { version: "1.10.0" }),
      is: "older",
    },
    {
      name: "newer by its time, where the versions are the same",
      theirs: at(200, { version: "1.0.0" }),
      ours: at(100, { version: "1.0.0" }),
      is: "newer",
    },
    {
      name: "newer by its time, where it has no version",
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
    name: "all of it",
    labels: oci({ source: "https://h/a", revision: "c0ffee", created: "1970-01-01T00:01:40Z", version: "1.2.3" }),
    source: { repository: "https://h/a", revision: "c0ffee", order: 100, version: "1.2.3" },
  },
  { name: "a time without a commit, which may be any", labels: oci({ created: "2026-01-01T00:00:00Z" }), source: {} },
  {
    name: "no time that is none",
    labels: oci({ revision: "c0ffee", created: "soon" }),
    source: { revision: "c0ffee" },
  },
  {
    name: "no time that reproducible tools write for none",
    labels: oci({ revision: "c0ffee", created: "1970-01-01T00:00:00Z" }),
    source: { revision: "c0ffee" },
  },
])("labels say $name of their image's source", ({ labels, source }) => {
  expect(imageSource(labels)).toEqual(source)
})

test("a revision says it of the image that is made of it; with changes it is no release", () => {
  const revision = { commit: "c0ffee", time: 100, tags: ["v1.2.3"], dirty: false, url: "https://h/a" }
  const source = { repository: "https://h/a", revision: "c0ffee", order: 100 }
  expect(revisionSource(revision)).toEqual({ ...source, version: "1.2.3" })
  expect(revisionSource({ ...revision, dirty: true })).toEqual(source)
  expect(revisionSource(undefined)).toEqual({})
})

test.each([
  { name: "its commit", source: at(1, { version: "1.0.0" }), byVersion: false, text: "c1" },
  { name: "its version in a line of them", source: at(1, { version: "1.0.0" }), byVersion: true, text: "1.0.0" },
  { name: "its commit without a version", source: at(1), byVersion: true, text: "c1" },
  { name: "neither", source: { version: "1.0.0" }, byVersion: false, text: "an unnamed commit" },
])("is named by $name", ({ source, byVersion, text }) => {
  expect(newerName(source, byVersion)).toBe(text)
})
