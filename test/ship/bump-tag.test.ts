import { expect, test } from "vitest"
import type { Revision } from "../../lib/config/revision.ts"
import { planTags } from "../../lib/publish/tags.ts"
import { bumpTag } from "../../lib/ship/bump-tag.ts"

const commit = "a".repeat(40)
const revision: Revision = { commit, time: 1_700_000_000, branch: "main", tags: ["v1.2.3"], dirty: false }

test.each([
  { name: "the commit, which is the default tag", tags: [], tag: commit },
  { name: "the first that stays", tags: ["latest", "{semver}", "{sha}"], tag: "1.2.3" },
  { name: "the template's own", tags: ["{sha}", "{semver}"], template: "{semver}", tag: "1.2.3" },
  { name: "one that moves, if it is asked for", tags: ["{sha}", "latest"], template: "latest", tag: "latest" },
  { name: "none, where all of them move", tags: ["latest"], tag: undefined },
  {
    name: "none, where the commit has not earned it",
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

test("a tag that the release does not write is refused, since nobody could find the image by it", () => {
  expect(() => bumpTag({ tags: planTags(["{sha}"], revision).tags, template: "{semver}", revision })).toThrow(
    `OPTIONS_INVALID: expected one of the release's tags as gitops.tag: ${commit}, got 1.2.3.`,
  )
})
