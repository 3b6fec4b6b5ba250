import { expect, test } from "vitest"
import { conditionOf, holds, wordsOf } from "../../lib/sync/condition.ts"

const conditions = [
  { type: "Ready", status: "Unknown", reason: "Progressing" },
  { type: "Stalled", status: "False" },
  { type: "Reconciling", status: "True" },
]

test("a condition holds only if it says True", () => {
  expect(["Ready", "Stalled", "Reconciling", "Released"].map((type) => holds(conditions, type))).toEqual([
    false,
    false,
    true,
    false,
  ])
  expect(conditionOf(conditions, "Ready")?.reason).toBe("Progressing")
})

test.each([
  { condition: { reason: "BuildFailed", message: "no such path" }, words: "BuildFailed: no such path" },
  { condition: { reason: "BuildFailed", message: "" }, words: "BuildFailed" },
  { condition: {}, words: undefined },
])("its words are $words", ({ condition, words }) => {
  expect(wordsOf(condition)).toBe(words)
})
