import { expect, test } from "vitest"
import { startStopwatch } from "../../src/ship/stopwatch.ts"

function clock(...times: number[]): () => number {
  return () => times.shift() ?? 0
}

test("measures a stage from its beginning to its end", async () => {
  const watch = startStopwatch(clock(0, 1500))
  expect(await watch.measure("test", async () => "done")).toBe("done")
  expect(watch.times).toEqual([{ name: "test", startedAt: "1970-01-01T00:00:00.000Z", seconds: 1.5 }])
})

test("measures a stage that fails, and lets its error pass untouched", async () => {
  const watch = startStopwatch(clock(0, 2000))
  const failure = new Error("no")
  await expect(watch.measure("scan", () => Promise.reject(failure))).rejects.toBe(failure)
  expect(watch.times[0]?.seconds).toBe(2)
})

test("lists stages that run side by side in the order of their beginning", async () => {
  const watch = startStopwatch()
  await Promise.all([watch.measure("test", async () => {}), watch.measure("build", async () => {})])
  expect(watch.times.map(({ name }) => name)).toEqual(["test", "build"])
})
