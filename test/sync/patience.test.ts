import { expect, test } from "vitest"
import { hasFailed, parsePatience, pauseSeconds, seeAgain, standing } from "../../lib/sync/patience.ts"
import { failed, live, waiting } from "../../lib/sync/verdict.ts"

const patience = { timeout: 600, settle: 15 }
const LIVE = { verdict: live("Healthy") }
const WAITING = { verdict: waiting("Progressing") }
const failing = (failedSince: number) => ({ verdict: failed("Degraded"), failedSince })

test("a failure counts from when it was first seen, and anew after it was gone", () => {
  const first = seeAgain(undefined, failed("Degraded"), 3)
  const again = seeAgain(first, failed("Degraded, still"), 9)
  expect(again).toEqual({ verdict: failed("Degraded, still"), failedSince: 3 })
  const better = seeAgain(again, waiting("Progressing"), 11)
  expect(better).toEqual(WAITING)
  expect(seeAgain(better, failed("Degraded"), 20)).toEqual(failing(20))
})

test.each([
  { name: "all live", seen: [LIVE, LIVE], now: 5, is: "live" },
  { name: "all live at the last look", seen: [LIVE], now: 700, is: "live" },
  { name: "one still on its way", seen: [LIVE, WAITING], now: 599, is: "looking" },
  { name: "time is up", seen: [LIVE, WAITING], now: 600, is: "late" },
  { name: "a failure a moment old", seen: [failing(10)], now: 24, is: "looking" },
  { name: "a failure that stands", seen: [WAITING, failing(10)], now: 25, is: "failed" },
  { name: "a failure a moment old when time is up", seen: [failing(590)], now: 600, is: "late" },
])("$name: $is", ({ seen, now, is }) => {
  expect(standing(seen, now, patience)).toBe(is)
})

test("without a settle time a failure counts at once", () => {
  expect(hasFailed(failing(5), 5, 0)).toBe(true)
  expect(hasFailed(LIVE, 5, 0)).toBe(false)
})

test.each([
  { name: "short at first", looks: 1, seen: [WAITING], now: 0, pause: 2 },
  { name: "growing", looks: 3, seen: [WAITING], now: 5, pause: 4.5 },
  { name: "never long", looks: 99, seen: [WAITING], now: 300, pause: 15 },
  { name: "to the end and no further", looks: 99, seen: [WAITING], now: 597, pause: 3 },
  { name: "to the moment that a failure counts", looks: 99, seen: [failing(100)], now: 110, pause: 5 },
  { name: "never below nothing", looks: 1, seen: [WAITING], now: 601, pause: 0 },
])("the pause is $name", ({ looks, seen, now, pause }) => {
  expect(pauseSeconds(looks, seen, now, patience)).toBe(pause)
})

test.each([
  { timeout: 0, settle: 15 },
  { timeout: 600, settle: -1 },
])("refuses $timeout and $settle seconds", (wrong) => {
  expect(() => parsePatience(wrong)).toThrow(/^OPTIONS_INVALID: expected a timeout of at least one second/)
})
