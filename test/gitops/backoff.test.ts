import { expect, test } from "vitest"
import { pause } from "../../lib/gitops/backoff.ts"

const backoff = { base: 100, cap: 1000 }

test.each([
  { tries: 1, longest: 100 },
  { tries: 2, longest: 200 },
  { tries: 4, longest: 800 },
  { tries: 5, longest: 1000 },
  { tries: 400, longest: 1000 },
])("after $tries tries waits at most $longest ms, and anything down to nothing", ({ tries, longest }) => {
  expect(pause(tries, backoff, 1)).toBe(longest)
  expect(pause(tries, backoff, 0.5)).toBe(longest / 2)
  expect(pause(tries, backoff, 0)).toBe(0)
})
