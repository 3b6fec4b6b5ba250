import { expect, test } from "vitest"
import { startStopwatch } from "../../lib/ship/stopwatch.ts"

function clock(...times: number[]): () => number {
  return () => times.shift() ?? 0
}
const startedAt = "1970-01-01T00:00:00.000Z"

test("measures a stage from its beginning to its end", async () => {
  const watch = startStopwatch(clock(0, 1500))
  expect(await watch.measure("test", async () => "done")).toBe("done")
  expect(watch.stages).toEqual([{ name: "test", startedAt, seconds: 1.5, status: "done" }])
})

test("measures a stage that fails, and lets its error pass untouched", async () => {
  const watch = startStopwatch(clock(0, 2000))
  const failure = new Error("no")
  await expect(watch.measure("scan", () => Promise.reject(failure))).rejects.toBe(failure)
  expect(watch.stages).toEqual([{ name: "scan", startedAt, seconds: 2, status: "failed" }])
})

test("lists stages that run side by side in the order of their beginning", async () => {
  const watch = startStopwatch()
  await Promise.all([watch.measure("test", async () => {}), watch.measure("build", async () => {})])
  expect(watch.stages.map(({ name }) => name)).toEqual(["test", "build"])
})

test("says of a stage that has not ended that it is running", () => {
  const watch = startStopwatch(clock(0))
  void watch.measure("build", () => new Promise(() => {}))
  expect(watch.stages).toEqual([{ name: "build", startedAt, seconds: 0, status: "running" }])
})
