import { expect, test } from "vitest"
import { ATTEMPTS, pauseSeconds } from "../../../lib/config/http/patience.ts"

test.each([200, 204, 302, 400, 401, 403, 404])("HTTP %i is final", (status) => {
  expect(pauseSeconds({ status, attempt: 1 }, 0)).toBeUndefined()
})

test.each([
  { name: "nobody answered", given: {}, random: 1, seconds: 1 },
  { name: "the server broke", given: { status: 500 }, random: 0, seconds: 0.5 },
  { name: "the third try", given: { status: 503, attempt: 3 }, random: 1, seconds: 4 },
  { name: "asked to wait", given: { status: 429, retryAfter: "7" }, random: 0, seconds: 7 },
  { name: "asked to wait for too long", given: { status: 429, retryAfter: "3600" }, random: 0, seconds: 30 },
  {
    name: "a date, which clocks disagree on",
    given: { status: 429, retryAfter: "Wed, 21 Oct 2026" },
    random: 1,
    seconds: 1,
  },
])("waits: $name", ({ given, random, seconds }) => {
  expect(pauseSeconds({ attempt: 1, ...given }, random)).toBe(seconds)
})

test("gives up after the last try", () => {
  expect(pauseSeconds({ status: 503, attempt: ATTEMPTS }, 0)).toBeUndefined()
  expect(pauseSeconds({ status: 503, attempt: ATTEMPTS - 1 }, 0)).toBeDefined()
})
