import { expect, test } from "vitest"
import type { Revision } from "../../src/config/revision.ts"
import { releaseTags } from "../../src/ship/release-tags.ts"

const revision: Revision = { commit: "f00d".repeat(10), time: 0, branch: "main", tags: [], dirty: false }

test.each([
  { name: "what was asked for", templates: ["v1"], revision, mode: "delivery" as const, tags: ["v1"] },
  { name: "the commit", templates: [], revision, mode: "delivery" as const, tags: ["f00d".repeat(10)] },
  {
    name: "the commit, in a rehearsal too",
    templates: [],
    revision,
    mode: "rehearsal" as const,
    tags: ["f00d".repeat(10)],
  },
  {
    name: "a word of its own in a rehearsal without git",
    templates: [],
    mode: "rehearsal" as const,
    tags: ["rehearsal"],
  },
  { name: "a literal without git", templates: ["v1"], mode: "delivery" as const, tags: ["v1"] },
])("is $name", ({ templates, tags, ...place }) => {
  expect(releaseTags(templates, place).map(({ name }) => name)).toEqual(tags)
})

test("the CI's default branch is the one that earns latest", () => {
  const ci = { system: "gitlab" as const, defaultBranch: "trunk" }
  const on = (branch: string) => releaseTags(["latest"], { revision: { ...revision, branch }, mode: "delivery", ci })
  expect([on("trunk").length, on("main").length]).toEqual([1, 0])
})

test("a delivery without git and without tags is refused", () => {
  expect(() => releaseTags([], { mode: "delivery" })).toThrow(/OPTIONS_INVALID: expected a tag for the release/)
})
