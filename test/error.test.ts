import { expect, test } from "vitest"
import { quote, SlipwayError } from "../src/error.ts"

test("a message says what was expected, what was got and how to mend it, and carries its code", () => {
  const error = new SlipwayError("TAG_INVALID", { expected: "a tag", got: '"a b"', fix: "Leave out the space." })
  expect(error.message).toBe('TAG_INVALID: expected a tag, got "a b". Leave out the space.')
  expect(error.code).toBe("TAG_INVALID")
})

test("a long value is cut, so that a whole file never lands in a message", () => {
  expect(quote("x".repeat(500))).toHaveLength(203)
})
