import { expect, test } from "vitest"
import type { StageRecord } from "../../lib/ship/record.ts"
import { timeline } from "../../lib/ship/timeline.ts"

function stage(name: string, second: number, seconds: number, status: StageRecord["status"] = "done"): StageRecord {
  return { name, startedAt: new Date(second * 1000).toISOString(), seconds, status }
}

test("lays stages that ran side by side over the same stretch", () => {
  const { bars, total } = timeline([stage("test", 10, 10), stage("build", 10, 5), stage("scan", 15, 5)])
  expect(total).toBe(10)
  expect(bars.map(({ name, left, width }) => [name, left, width])).toEqual([
    ["test", 0, 100],
    ["build", 0, 50],
    ["scan", 50, 50],
  ])
})

test("keeps a stopped stage's own length", () => {
  const { bars } = timeline([stage("build", 0, 10, "stopped"), stage("test", 0, 10, "failed")])
  expect(bars.map(({ left, width }) => [left, width])).toEqual([
    [0, 100],
    [0, 100],
  ])
})

test("keeps the shortest stage visible, also at the very end", () => {
  const { bars } = timeline([stage("test", 0, 1000), stage("tag", 1000, 0)])
  expect(bars[1]).toMatchObject({ left: 99.6, width: expect.closeTo(0.4) })
})

test("is empty for a run without stages", () => {
  expect(timeline([])).toEqual({ bars: [], total: 0 })
})
