import { expect, test } from "vitest"
import { spliceText } from "../../../lib/gitops/edit/splice.ts"

test.each([
  { name: "no splice", splices: [], text: "abcdef" },
  { name: "one splice", splices: [{ start: 1, end: 3, text: "X" }], text: "aXdef" },
  { name: "an insertion", splices: [{ start: 6, end: 6, text: "!" }], text: "abcdef!" },
  {
    name: "several splices in any order",
    splices: [
      { start: 4, end: 5, text: "" },
      { start: 0, end: 1, text: "A" },
    ],
    text: "Abcdf",
  },
  {
    name: "an insertion before a splice",
    splices: [
      { start: 2, end: 3, text: "C" },
      { start: 2, end: 2, text: "-" },
    ],
    text: "ab-Cdef",
  },
])("applies $name", ({ splices, text }) => expect(spliceText("abcdef", splices)).toBe(text))
