import { expect, test } from "vitest"
import { clause, quote, SlipwayError } from "../lib/error.ts"

test("a message says what was expected, what was got and how to mend it, and carries its code", () => {
  const error = new SlipwayError("TAG_INVALID", { expected: "a tag", got: '"a b"', fix: "Leave out the space." })
  expect(error.message).toBe('TAG_INVALID: expected a tag, got "a b". Leave out the space.')
  expect(error.code).toBe("TAG_INVALID")
})

test("a long value is cut, so that a whole file never lands in a message", () => {
  expect(quote("x".repeat(500))).toHaveLength(203)
})

test.each([
  { got: "a server (has timed out progressing.)", text: "a server (has timed out progressing.)" },
  { got: "ReplicaSet has timed out progressing.", text: "ReplicaSet has timed out progressing" },
  { got: '"v1."', text: '"v1."' },
  { got: "the path ..", text: "the path .." },
  { got: "the path .", text: "the path ." },
  { got: "a log that was cut…", text: "a log that was cut…" },
])("ends the sentence once after $got", ({ got, text }) => {
  expect(clause(got)).toBe(text)
  const { message } = new SlipwayError("SYNC_FAILED", { expected: "life", got, fix: "Wait." })
  expect(message).toBe(`SYNC_FAILED: expected life, got ${text}. Wait.`)
})
