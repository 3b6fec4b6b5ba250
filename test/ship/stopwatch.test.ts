import { expect, test } from "vitest"
import { endedStages, type Stage, startStopwatch } from "../../lib/ship/stopwatch.ts"

function clock(...times: number[]): () => number {
  return () => times.shift() ?? 0
}
const startedAt = "1970-01-01T00:00:00.000Z"

test("measures a stage from start to end", async () => {
  const watch = startStopwatch(clock(0, 1500))
  expect(await watch.measure("test", async () => "done")).toBe("done")
  expect(watch.stages).toEqual([{ name: "test", startedAt, seconds: 1.5, status: "done" }])
})

test("measures a failed stage, and rethrows its error unchanged", async () => {
  const watch = startStopwatch(clock(0, 2000))
  const failure = new Error("no")
  await expect(watch.measure("scan", () => Promise.reject(failure))).rejects.toBe(failure)
  expect(watch.stages).toEqual([{ name: "scan", startedAt, seconds: 2, status: "failed" }])
})

test("lists concurrent stages in the order of their start", async () => {
  const watch = startStopwatch()
  await Promise.all([watch.measure("test", async () => {}), watch.measure("build", async () => {})])
  expect(watch.stages.map(({ name }) => name)).toEqual(["test", "build"])
})

test("marks a stage that has not ended as running", () => {
  const watch = startStopwatch(clock(0))
  void watch.measure("build", () => new Promise(() => {}))
  expect(watch.stages).toEqual([{ name: "build", startedAt, seconds: 0, status: "running" }])
})

test("a stage that still runs when another one fails counts as stopped at that time", () => {
  const stage = (name: string, second: number, seconds: number, status: Stage["status"]): Stage => {
    return { name, startedAt: new Date(second * 1000).toISOString(), seconds, status }
  }
  const stages = [stage("open", 0, 1, "done"), stage("test", 0, 4, "failed"), stage("build", 1.5, 0, "running")]
  expect(endedStages(stages)).toEqual([stages[0], stages[1], { ...stages[2], seconds: 2.5, status: "stopped" }])
})

test("a run without stages has none in its record", () => {
  expect(endedStages([])).toEqual([])
})
