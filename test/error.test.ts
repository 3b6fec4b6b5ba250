import { expect, test } from "vitest"
import { clause, quote, SlipwayError } from "../lib/error.ts"

test("includes code, expected, got and fix in the message", () => {
  const error = new SlipwayError("TAG_INVALID", { expected: "a tag", got: '"a b"', fix: "Leave out the space." })
  expect(error.message).toBe('TAG_INVALID: expected a tag, got "a b". Leave out the space.')
  expect(error.code).toBe("TAG_INVALID")
})

test("cuts a long value, so that a message never includes a whole file", () => {
  expect(quote("x".repeat(500))).toHaveLength(203)
})

test.each([
  { got: "a server (has timed out progressing.)", text: "a server (has timed out progressing.)" },
  { got: "ReplicaSet has timed out progressing.", text: "ReplicaSet has timed out progressing" },
  { got: '"v1."', text: '"v1."' },
  { got: "the path ..", text: "the path .." },
  { got: "the path .", text: "the path ." },
  { got: "a log that was cut…", text: "a log that was cut…" },
])("ends the sentence with one full stop after $got", ({ got, text }) => {
  expect(clause(got)).toBe(text)
  const { message } = new SlipwayError("SYNC_FAILED", { expected: "life", got, fix: "Wait." })
  expect(message).toBe(`SYNC_FAILED: expected life, got ${text}. Wait.`)
})
