import { expect, test } from "vitest"
import { parseWanted } from "../../lib/sync/wanted.ts"
import { COMMIT, DIGEST, REF, REPOSITORY, WANTED } from "./objects.ts"

test("commit and image, each as far as it is named", () => {
  expect(parseWanted({ commit: COMMIT, ref: REF })).toEqual(WANTED)
  expect(parseWanted({ ref: `${REPOSITORY}:1.4.0@${DIGEST}` })).toEqual({ image: WANTED.image })
  expect(parseWanted({ commit: "0a".repeat(32) })).toEqual({ commit: "0a".repeat(32) })
  expect(parseWanted({})).toEqual({})
})

test.each(["main", COMMIT.slice(0, 12), COMMIT.toUpperCase(), `${COMMIT}\n`, ""])("refuses the commit %j", (commit) => {
  expect(() => parseWanted({ commit })).toThrow(
    `OPTIONS_INVALID: expected the whole commit of the GitOps repository, 40 or 64 hex digits, got ${JSON.stringify(commit)}.`,
  )
})

test("refuses a tag", () => {
  expect(() => parseWanted({ ref: `${REPOSITORY}:1.4.0` })).toThrow(/^REFERENCE_INVALID/)
})
