import { expect, test } from "vitest"
import type { Revision } from "../../lib/config/revision.ts"
import { planTags } from "../../lib/publish/tags.ts"

const commit = "0123456789abcdef0123456789abcdef01234567"
const onMain: Revision = { commit, time: 1_764_028_800, branch: "main", tags: [], dirty: false }
const released: Revision = { ...onMain, tags: ["stable", "v1.4.2"] }

test.each([
  { name: "the full sha by default", templates: [], revision: onMain, tags: [[commit, false]] },
  { name: "nothing by default without a commit", templates: [], revision: undefined, tags: [] },
  { name: "a literal, which is fixed", templates: ["edge-1"], revision: undefined, tags: [["edge-1", false]] },
  {
    name: "a literal declared as floating",
    templates: ["floating:stable"],
    revision: onMain,
    tags: [["stable", true]],
  },
  { name: "the short sha", templates: ["sha-{shortSha}"], revision: onMain, tags: [["sha-0123456", false]] },
  { name: "the commit's day", templates: ["{date}"], revision: onMain, tags: [["2025-11-25", false]] },
  { name: "a branch, which moves", templates: ["{branch}"], revision: onMain, tags: [["main", true]] },
  {
    name: "a branch with a sha, which is fixed",
    templates: ["{branch}-{shortSha}"],
    revision: onMain,
    tags: [["main-0123456", false]],
  },
  {
    name: "a version and its series",
    templates: ["{semver}", "{major}.{minor}"],
    revision: released,
    tags: [
      ["1.4.2", false],
      ["1.4", true],
    ],
  },
  {
    name: "no version on a commit without one",
    templates: ["{sha}", "v{semver}"],
    revision: onMain,
    tags: [[commit, false]],
  },
  {
    name: "no moving tag for a pre-release",
    templates: ["{semver}", "{major}"],
    revision: { ...onMain, tags: ["v2.0.0-rc.1"] },
    tags: [["2.0.0-rc.1", false]],
  },
  { name: "latest on the default branch", templates: ["latest"], revision: onMain, tags: [["latest", true]] },
  { name: "no latest on another branch", templates: ["latest"], revision: { ...onMain, branch: "next" }, tags: [] },
  {
    name: "no latest if the branch is unknown",
    templates: ["floating:latest"],
    revision: { ...onMain, branch: undefined },
    tags: [],
  },
  {
    name: "no version with uncommitted changes, and a dirty sha that may move",
    templates: ["{sha}", "v-{shortSha}", "{semver}", "{major}", "latest"],
    revision: { ...released, dirty: true },
    tags: [
      [`${commit}-dirty`, true],
      ["v-0123456-dirty", true],
      ["latest", true],
    ],
  },
  ...[
    { name: "a branch with a slash", branch: "feature/login", tag: "feature-login" },
    { name: "a branch with several invalid characters", branch: "fix/#12,+ü", tag: "fix-12-" },
    { name: "a branch that begins with an invalid character", branch: "ünder/x", tag: "nder-x" },
    { name: "a branch that begins with an at sign and a dot", branch: "@.x", tag: "x" },
    { name: "a branch that is too long", branch: "a".repeat(200), tag: "a".repeat(128) },
  ].map(({ name, branch, tag }) => ({
    ...{ name, templates: ["{branch}"], revision: { ...onMain, branch }, tags: [[tag, true]] as [string, boolean][] },
  })),
  {
    name: "the whole sha if the branch is too long",
    templates: ["{branch}-{shortSha}"],
    revision: { ...onMain, branch: "a".repeat(200) },
    tags: [[`${"a".repeat(120)}-0123456`, false]],
  },
  {
    name: "a version with build metadata",
    templates: ["{semver}", "v{semver}"],
    revision: { ...onMain, tags: ["v1.2.3+build.5"] },
    tags: [
      ["1.2.3-build.5", false],
      ["v1.2.3-build.5", false],
    ],
  },
  {
    name: "the tenth release candidate, not the ninth",
    templates: ["{semver}"],
    revision: { ...onMain, tags: ["v1.0.0-rc.9", "v1.0.0-rc.10"] },
    tags: [["1.0.0-rc.10", false]],
  },
  {
    name: "all tags but the branch's in a pipeline for a git tag",
    templates: ["{sha}", "{branch}", "{semver}", "latest"],
    revision: { ...released, branch: undefined },
    tags: [
      [commit, false],
      ["1.4.2", false],
    ],
  },
  { name: "each name once", templates: ["a", "a"], revision: onMain, tags: [["a", false]] },
] as { name: string; templates: string[]; revision?: Revision; tags: [string, boolean][] }[])(
  "earns $name",
  ({ templates, revision, tags }) => {
    const planned = planTags(templates, revision).tags.map(({ name, floating }) => ({ name, floating }))
    expect(planned).toEqual(tags.map(([name, floating]) => ({ name, floating })))
  },
)

test.each<{ name: string; template: string; revision: Partial<Revision>; reason: string }>([
  {
    name: "latest on another branch",
    template: "latest",
    revision: { branch: "trunk" },
    reason: "on trunk, only on main or master",
  },
  {
    name: "latest without a branch",
    template: "latest",
    revision: { branch: undefined },
    reason: "without a branch, only on main or master",
  },
  {
    name: "a branch without a checked-out branch",
    template: "{branch}",
    revision: { branch: undefined },
    reason: "because no branch is checked out",
  },
  {
    name: "a branch of letters that no tag has",
    template: "{branch}",
    revision: { branch: "日本" },
    reason: 'on "日本", because a tag can contain none of its characters',
  },
  {
    name: "a version without a git tag",
    template: "{semver}",
    revision: {},
    reason: "because no git tag of the commit is a version (it has none)",
  },
  {
    name: "a version with git tags that are no versions",
    template: "{semver}",
    revision: { tags: ["api/v1.4.0", "stable"] },
    reason: "because no git tag of the commit is a version (api/v1.4.0, stable)",
  },
  {
    name: "a version with changes",
    template: "{major}",
    revision: { tags: ["v1.0.0"], dirty: true },
    reason: "with uncommitted changes",
  },
  {
    name: "a version series for a release candidate",
    template: "{major}",
    revision: { tags: ["v2.0.0-rc.1"] },
    reason: "by the pre-release 2.0.0-rc.1",
  },
])("gives the reason why the commit does not earn $name", ({ template, revision, reason }) => {
  const { tags, unearned } = planTags(["{sha}", template], { ...onMain, ...revision })
  expect(tags).toHaveLength(1)
  expect(unearned.map((tag) => tag.template)).toEqual([template])
  expect(unearned[0]?.reason).toMatch(/^not earned/)
  expect(unearned[0]?.reason).toContain(reason)
})

test("only tags that move with releases are ordered by version", () => {
  const templates = [
    "{semver}",
    "{major}",
    "v{major}.{minor}",
    "floating:v{semver}",
    "latest",
    "{branch}",
    "floating:x",
  ]
  const ordered = planTags(templates, released).tags.filter(({ byVersion }) => byVersion)
  expect(ordered.map(({ name }) => name)).toEqual(["1", "v1.4", "v1.4.2"])
})

test.each([
  { name: "an unknown placeholder", template: "{commit}", revision: onMain, got: '"{commit}"' },
  { name: "a sha without a commit", template: "{sha}", revision: undefined, got: '"{sha}"' },
  { name: "a version without a commit", template: "v{semver}", revision: undefined, got: '"v{semver}"' },
  { name: "a leading dash", template: "-x", revision: onMain, got: '"-x"' },
  {
    name: "an unknown placeholder with one that is not earned",
    template: "{branch}-{commit}",
    revision: { ...onMain, branch: undefined },
    got: '"0-{commit}"',
  },
  {
    name: "a version of more than 128 characters",
    template: "{semver}",
    revision: { ...onMain, tags: [`1.0.0-${"a".repeat(129)}`] },
    got: "1.0.0-aaa",
  },
  { name: "more than 128 characters", template: "a".repeat(129), revision: onMain, got: "aaa" },
])("refuses $name, and names the template", ({ template, revision, got }) => {
  expect(() => planTags([template], revision)).toThrow(/^TAG_INVALID: /)
  expect(() => planTags([template], revision)).toThrow(got)
  expect(() => planTags([template], revision)).toThrow(`from the template ${JSON.stringify(template)}`)
})

test("a commit on newer bases has fixed tags of its own, and moves the floating ones", () => {
  const refreshed = { ...released, refresh: { bases: "0a1b2c3d4e", at: 1_800_000_000 } }
  const templates = [
    "{sha}",
    "v{semver}",
    "edge",
    "{branch}-{shortSha}",
    "{branch}",
    "{major}",
    "floating:edge",
    "latest",
  ]
  expect(planTags(templates, refreshed).tags.map(({ name, floating }) => [name, floating])).toEqual([
    [`${commit}-base-0a1b2c3d4e`, false],
    ["v1.4.2-base-0a1b2c3d4e", false],
    ["edge-base-0a1b2c3d4e", false],
    ["main-0123456-base-0a1b2c3d4e", false],
    ["main", true],
    ["1", true],
    ["edge", true],
    ["latest", true],
  ])
  const long = { ...refreshed, branch: "b".repeat(200) }
  const [tag] = planTags(["{branch}-{shortSha}"], long).tags
  expect(tag?.name).toMatch(/^b+-0123456-base-0a1b2c3d4e$/)
  expect(tag?.name).toHaveLength(128)
})
