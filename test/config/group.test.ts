import { expect, test } from "vitest"
import { groupBy } from "../../lib/config/group.ts"

test.each([
  { name: "nothing", items: [], groups: [] },
  { name: "one of a kind", items: ["a1", "b1"], groups: [["a1"], ["b1"]] },
  { name: "some of a kind, apart", items: ["b1", "a1", "b2"], groups: [["b1", "b2"], ["a1"]] },
])("groups $name in their order", ({ items, groups }) => {
  expect(groupBy(items, ([first = ""]) => first)).toEqual(groups)
})
