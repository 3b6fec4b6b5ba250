import { describe, expect, test } from "vitest"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { isHeld, requireFree, requireName, type TagState, tagState } from "../../lib/publish/tag-state.ts"

const ref = digestRef(parseRepository("ghcr.io/acme/app"), digestOf("ours"))
const other = digestOf("theirs")
const latest = { name: "latest", floating: true }
const old = { revision: "0ld", order: 100 }
const young = { revision: "y0ung", order: 200 }

test.each<{ name: string; theirs: object; ours: object; state: object }>([
  { name: "a newer image", theirs: young, ours: old, state: { at: "newer", newer: "y0ung" } },
  { name: "an older image", theirs: old, ours: young, state: { at: "older" } },
  { name: "an image that says no commit", theirs: {}, ours: young, state: { at: "unknown", unordered: true } },
  {
    name: "an image of another repository, of which its commit is known",
    theirs: { ...young, repository: "https://h/a" },
    ours: { ...old, repository: "https://h/b" },
    state: { at: "unknown", foreign: "https://h/a" },
  },
  { name: "an image, where nothing is known of ours either", theirs: {}, ours: {}, state: { at: "unknown" } },
])("a tag can be at $name", ({ theirs, ours, state }) => {
  expect(tagState(latest, { found: { digest: other, theirs }, ours })).toEqual({ ...latest, digest: other, ...state })
})

test.each<[string, TagState, boolean]>([
  ["a floating one at a newer image", { ...latest, at: "newer" }, true],
  ["a floating one at an older image", { ...latest, at: "older" }, false],
  ["a floating one at an image of unknown source", { ...latest, at: "unknown" }, false],
  ["a free one", { ...latest, at: "nothing" }, false],
  ["a fixed one, which is a conflict instead", { name: "v1", floating: false, at: "newer" }, false],
])("what stays where it is: %s", (_, state, held) => {
  expect(isHeld(state)).toBe(held)
})

describe("a tag that does not move", () => {
  const fixed = { name: "v1", floating: false }
  test.each<[string, TagState]>([
    ["is free", { ...fixed, at: "nothing" }],
    ["is there already", { ...fixed, at: "itself", digest: digestOf("ours") }],
    ["may be elsewhere if it floats", { ...latest, at: "older", digest: other }],
  ])("%s", (_, state) => expect(() => requireFree(ref, [state])).not.toThrow())

  test("is a conflict at any other digest, which the message names", () => {
    const taken: TagState = { ...fixed, at: "older", digest: other }
    expect(() => requireFree(ref, [taken])).toThrow(
      `TAG_CONFLICT: expected the tag v1 to be free or at ${ref}, got v1 at ${other}.`,
    )
  })
})

test("an image for which newer ones leave no tag is not deployed", () => {
  const held = [{ ...latest, newer: "y0ung" }]
  expect(() => requireName(ref, held, true)).toThrow(
    /^TAG_CONFLICT: expected a tag that ghcr.* can have, got latest at the newer y0ung\. Add \{sha\} to the tags/,
  )
  expect(() => requireName(ref, held, false)).not.toThrow()
  expect(() => requireName(ref, [], true)).not.toThrow()
})
