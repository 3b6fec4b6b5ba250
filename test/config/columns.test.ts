import { expect, test } from "vitest"
import { align } from "../../lib/config/columns.ts"

test.each([
  { name: "no rows", rows: [], lines: [] },
  {
    name: "a short cell before a long one",
    rows: [
      ["A", "B"],
      ["long", "b"],
    ],
    lines: ["A     B", "long  b"],
  },
  {
    name: "an empty last cell, without spaces after it",
    rows: [
      ["A", "B"],
      ["a", ""],
    ],
    lines: ["A  B", "a"],
  },
])("aligns $name", ({ rows, lines }) => {
  expect(align(rows)).toEqual(lines)
})
