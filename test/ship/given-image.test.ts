import type { Directory, File } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { pairGiven } from "../../lib/ship/given-image.ts"

const [layout, provenance] = [{} as Directory, {} as File]
const commit = "0a".repeat(20)

test("image and provenance go together, and the commit with them", () => {
  expect(pairGiven()).toBeUndefined()
  expect(pairGiven(layout, provenance)).toEqual({ layout, provenance })
  expect(pairGiven(layout, provenance, commit)).toEqual({ layout, provenance, commit })
})

test.each<[string, () => unknown, string]>([
  ["an image alone", () => pairGiven(layout), "got --layout alone"],
  ["a provenance alone", () => pairGiven(undefined, provenance), "got --provenance alone"],
  ["a commit alone", () => pairGiven(undefined, undefined, commit), "got --provenance-commit alone"],
  [
    "a short commit",
    () => pairGiven(layout, provenance, "0a0a0a0"),
    'expected a whole git commit as --provenance-commit, got "0a0a0a0"',
  ],
  ["an empty commit", () => pairGiven(layout, provenance, ""), "expected a whole git commit"],
])("%s is refused", (_, pair, message) => expect(pair).toThrow(message))
