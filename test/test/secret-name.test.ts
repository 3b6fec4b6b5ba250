import { expect, test } from "vitest"
import { pairNames } from "../../lib/test/secret-name.ts"

test("the first name belongs to the first secret", () => {
  expect(pairNames(["a-b", "C.d"], [1, 2])).toEqual([
    { name: "a-b", secret: 1 },
    { name: "C.d", secret: 2 },
  ])
  expect(pairNames([], [])).toEqual([])
})

test.each([
  { name: "a name too few", names: [], values: [1], got: "names: none; secrets: 1" },
  { name: "a name too many", names: ["a", "b"], values: [1], got: "names: a, b; secrets: 1" },
  { name: "a name twice", names: ["a", "a"], values: [1, 2], got: '"a"' },
  { name: "a path", names: ["../a"], values: [1], got: '"../a"' },
  { name: "an empty name", names: [""], values: [1], got: '""' },
])("refuses $name", ({ names, values, got }) => {
  expect(() => pairNames(names, values)).toThrow(/^OPTIONS_INVALID: .* --secret-names=/)
  expect(() => pairNames(names, values)).toThrow(got)
})
