import { expect, test } from "vitest"
import type { Revision } from "../../src/config/revision.ts"
import { planTags } from "../../src/publish/tags.ts"

const commit = "0123456789abcdef0123456789abcdef01234567"
const onMain: Revision = { commit, time: 1_764_028_800, branch: "main", tags: [], dirty: false }
const released: Revision = { ...onMain, tags: ["stable", "v1.4.2"] }

test.each([
  { name: "the full sha by default", templates: [], revision: onMain, tags: [[commit, false]] },
  { name: "nothing by default without a commit", templates: [], revision: undefined, tags: [] },
  { name: "a literal, which stays", templates: ["edge-1"], revision: undefined, tags: [["edge-1", false]] },
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
    name: "a branch with a sha, which stays",
    templates: ["{branch}-{shortSha}"],
    revision: onMain,
    tags: [["main-0123456", false]],
  },
  {
    name: "a version and its line",
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
    name: "no latest where the branch is not known",
    templates: ["floating:latest"],
    revision: { ...onMain, branch: undefined },
    tags: [],
  },
  {
    name: "of a checkout with uncommitted changes no version, and a sha that says so, which may move",
    templates: ["{sha}", "v-{shortSha}", "{semver}", "{major}", "latest"],
    revision: { ...released, dirty: true },
    tags: [
      [`${commit}-dirty`, true],
      ["v-0123456-dirty", true],
      ["latest", true],
    ],
  },
  { name: "a name once", templates: ["a", "a"], revision: onMain, tags: [["a", false]] },
] as { name: string; templates: string[]; revision?: Revision; tags: [string, boolean][] }[])(
  "earns $name",
  ({ templates, revision, tags }) => {
    expect(planTags(templates, revision)).toEqual(tags.map(([name, floating]) => ({ name, floating })))
  },
)

test.each([
  {
    name: "a slash from the branch",
    template: "{branch}",
    revision: { ...onMain, branch: "feature/x" },
    got: '"feature/x"',
  },
  { name: "an unknown placeholder", template: "{commit}", revision: onMain, got: '"{commit}"' },
  { name: "a sha without a commit", template: "{sha}", revision: undefined, got: '"{sha}"' },
  { name: "a version without a commit", template: "v{semver}", revision: undefined, got: '"v{semver}"' },
  { name: "a leading dash", template: "-x", revision: onMain, got: '"-x"' },
  { name: "build metadata", template: "{semver}", revision: { ...onMain, tags: ["1.0.0+7"] }, got: '"1.0.0+7"' },
  { name: "more than 128 characters", template: "a".repeat(129), revision: onMain, got: "aaa" },
])("refuses $name, and names the template", ({ template, revision, got }) => {
  expect(() => planTags([template], revision)).toThrow(/^TAG_INVALID: /)
  expect(() => planTags([template], revision)).toThrow(got)
  expect(() => planTags([template], revision)).toThrow(`from the template ${JSON.stringify(template)}`)
})
