import { expect, test } from "vitest"
import { nearest } from "../../lib/config/nearest.ts"

test.each([
  ["expires_at", "expired_at"],
  ["Owner", "owner"],
  ["statment", "statement"],
  ["xyz", undefined],
  ["", undefined],
])("for %s it was probably meant to be %s", (word, meant) => {
  expect(nearest(word, ["id", "owner", "statement", "expired_at"])).toBe(meant)
})
