import { expect, test } from "vitest"
import { Assignments, Seconds, Text, Texts } from "../../lib/config/setting-values.ts"

test.each([
  { name: "a text, without the space around it", kind: Text, value: " a ", read: "a" },
  { name: "several texts", kind: Texts, value: ["a", "b"], read: ["a", "b"] },
  { name: "numbers and booleans without quotes", kind: Assignments, value: { A: 1, B: true }, read: { A: 1, B: true } },
  { name: "whole seconds", kind: Seconds, value: 60, read: 60 },
])("reads $name", ({ kind, value, read }) => expect(kind.parse(value)).toEqual(read))

test.each([
  { name: "an empty text", kind: Text, value: " " },
  { name: "a list as a value", kind: Assignments, value: { A: ["x"] } },
  { name: "no time at all", kind: Seconds, value: 0 },
])("refuses $name", ({ kind, value }) => expect(kind.safeParse(value).success).toBe(false))
