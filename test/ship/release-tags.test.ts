import { describe, expect, test } from "vitest"
import type { Revision } from "../../lib/config/revision.ts"
import { planTags } from "../../lib/publish/tags.ts"
import { bumpTag, releaseTags } from "../../lib/ship/release-tags.ts"

describe("release tags", () => {
  const revision: Revision = { commit: "f00d".repeat(10), time: 0, branch: "main", tags: [], dirty: false }

  test.each([
    { name: "the requested tags", templates: ["v1"], revision, mode: "delivery" as const, tags: ["v1"] },
    { name: "the commit", templates: [], revision, mode: "delivery" as const, tags: ["f00d".repeat(10)] },
    {
      name: "the commit, in a rehearsal too",
      templates: [],
      revision,
      mode: "rehearsal" as const,
      tags: ["f00d".repeat(10)],
    },
    {
      name: "a placeholder in a rehearsal without git",
      templates: [],
      mode: "rehearsal" as const,
      tags: ["rehearsal"],
    },
    { name: "a literal without git", templates: ["v1"], mode: "delivery" as const, tags: ["v1"] },
  ])("a release has $name", ({ templates, tags, ...place }) => {
    expect(releaseTags(templates, place).tags.map(({ name }) => name)).toEqual(tags)
  })

  test("the CI's default branch earns latest", () => {
    const ci = { system: "gitlab" as const, defaultBranch: "trunk" }
    const on = (branch: string) =>
      releaseTags(["{sha}", "latest"], { revision: { ...revision, branch }, mode: "delivery", ci })
    expect([on("trunk").tags.length, on("main").tags.length]).toEqual([2, 1])
    expect(on("main").unearned).toEqual([{ template: "latest", reason: "not earned on main, only on trunk" }])
  })

  test("a delivery without git and without tags is refused", () => {
    expect(() => releaseTags([], { mode: "delivery" })).toThrow(/OPTIONS_INVALID: expected a tag for the release/)
  })

  test("the settings' default branch precedes the CI's, and the reason names the setting for a guess", () => {
    const onTrunk = { revision: { ...revision, branch: "trunk" }, mode: "delivery" as const }
    const ci = { system: "gitlab" as const, defaultBranch: "main" }
    expect(releaseTags(["latest"], { ...onTrunk, ci, defaultBranch: "trunk" }).tags).toHaveLength(1)
    expect(releaseTags(["{sha}", "latest"], onTrunk).unearned).toEqual([
      {
        template: "latest",
        reason: "not earned on trunk, only on main or master; set defaultBranch in slipway.yaml to change it",
      },
    ])
  })

  test.each<{ name: string; templates: string[]; change: Partial<Revision>; got: string }>([
    {
      name: "no git tag that is a version",
      templates: ["{semver}"],
      change: { tags: ["api/v1.4.0"] },
      got: "api/v1.4.0",
    },
    {
      name: "uncommitted changes",
      templates: ["{semver}"],
      change: { tags: ["v1.0.0"], dirty: true },
      got: "uncommitted",
    },
    { name: "a pre-release", templates: ["{major}"], change: { tags: ["v1.0.0-rc.1"] }, got: "1.0.0-rc.1" },
    { name: "no branch", templates: ["{branch}"], change: { branch: undefined }, got: "{branch} not earned" },
    {
      name: "another branch",
      templates: ["latest", "{semver}"],
      change: { branch: "fix" },
      got: "latest not earned on fix",
    },
  ])(
    "a delivery that earns no tag because of $name is refused, and a rehearsal is not",
    ({ templates, change, got }) => {
      const facts = { revision: { ...revision, ...change } }
      expect(() => releaseTags(templates, { ...facts, mode: "delivery" })).toThrow(
        /^OPTIONS_INVALID: expected a tag for the release, got .* Nothing was pushed\.$/,
      )
      expect(() => releaseTags(templates, { ...facts, mode: "delivery" })).toThrow(got)
      const rehearsed = releaseTags(templates, { ...facts, mode: "rehearsal" })
      expect([rehearsed.tags.length, rehearsed.unearned.length]).toEqual([0, templates.length])
    },
  )

  test("a rehearsal without git omits tags that need a commit", () => {
    const reason = "not earned, because the source has no commit"
    expect(releaseTags(["{sha}", "edge"], { mode: "rehearsal" })).toEqual({
      tags: [{ name: "edge", floating: false }],
      unearned: [{ template: "{sha}", reason }],
    })
    expect(releaseTags(["{sha}"], { mode: "rehearsal" }).tags.map(({ name }) => name)).toEqual(["rehearsal"])
    expect(() => releaseTags(["{sha}"], { mode: "delivery" })).toThrow(/^TAG_INVALID: /)
  })
})

describe("bump tag", () => {
  const commit = "a".repeat(40)
  const revision: Revision = { commit, time: 1_700_000_000, branch: "main", tags: ["v1.2.3"], dirty: false }

  test.each([
    { name: "the commit, which is the default tag", tags: [], tag: commit },
    { name: "the first fixed tag", tags: ["latest", "{semver}", "{sha}"], tag: "1.2.3" },
    { name: "the template's own", tags: ["{sha}", "{semver}"], template: "{semver}", tag: "1.2.3" },
    { name: "a floating tag if it is requested", tags: ["{sha}", "latest"], template: "latest", tag: "latest" },
    { name: "none if all of them move", tags: ["latest"], tag: undefined },
    {
      name: "none if the commit does not earn it",
      tags: ["{sha}", "{semver}"],
      template: "{semver}",
      tag: undefined,
      tagged: [],
    },
  ])("the tag for the GitOps repository is $name", ({ tags, template, tag, tagged }) => {
    const of = tagged ? { ...revision, tags: tagged } : revision
    const named = { tags: planTags(tags, of).tags, revision: of }
    expect(bumpTag({ ...named, ...(template && { template }) })).toBe(tag)
  })

  test("a tag that the release does not write is refused, because the image cannot be pulled by it", () => {
    expect(() => bumpTag({ tags: planTags(["{sha}"], revision).tags, template: "{semver}", revision })).toThrow(
      `OPTIONS_INVALID: expected one of the release's tags as gitops.tag: ${commit}, got 1.2.3.`,
    )
  })
})
