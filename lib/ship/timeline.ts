import type { StageRecord } from "./record.ts"

/**
 * A stage's place in a run, in percent of the whole: what ran side by side lies side by side. `end` is in seconds since
 * the run began.
 */
export type Bar = {
  name: string
  status: StageRecord["status"]
  seconds: number
  end: number
  left: number
  width: number
}

/** Thinner than this a bar would not be seen. */
const THINNEST = 0.4

/** Where each stage lies in the run. `total` is in seconds. */
export function timeline(stages: StageRecord[]): { bars: Bar[]; total: number } {
  const starts = stages.map(({ startedAt }) => Date.parse(startedAt) / 1000)
  const begin = Math.min(...starts)
  const end = Math.max(...stages.map(({ seconds }, at) => (starts[at] ?? 0) + seconds))
  const total = stages.length ? end - begin : 0
  const percent = (seconds: number) => (total > 0 ? (seconds / total) * 100 : 0)
  const bars = stages.map(({ name, status, seconds }, at) => {
    const start = (starts[at] ?? 0) - begin
    const left = Math.min(percent(start), 100 - THINNEST)
    return {
      name,
      status,
      seconds,
      end: start + seconds,
      left,
      width: Math.min(100 - left, Math.max(THINNEST, percent(seconds))),
    }
  })
  return { bars, total }
}
