import { expect, test } from "vitest"
import { isFresh } from "../../lib/test/execution.ts"

test.each([
  { name: "seen since this run began", seen: "1700000100", fresh: true },
  { name: "seen in the very second in which it began", seen: "1700000000", fresh: true },
  { name: "seen before", seen: "1699999999", fresh: false },
  { name: "of which nothing is known", seen: undefined, fresh: false },
  { name: "of which something else is said", seen: "date: invalid option", fresh: false },
])("tests on contents $name are fresh: $fresh", ({ seen, fresh }) => {
  expect(isFresh(seen, 1_700_000_000_900)).toBe(fresh)
})
