import type { StageRecord } from "./record.ts"

/** Measures named stages, in the order in which they began, and notes how each ended. */
export type Stopwatch = { stages: StageRecord[]; measure: <T>(name: string, stage: () => Promise<T>) => Promise<T> }

export function startStopwatch(now: () => number = Date.now): Stopwatch {
  const stages: StageRecord[] = []
  async function measure<T>(name: string, stage: () => Promise<T>): Promise<T> {
    const start = now()
    const record: StageRecord = { name, startedAt: new Date(start).toISOString(), seconds: 0, status: "running" }
    stages.push(record)
    try {
      const result = await stage()
      record.status = "done"
      return result
    } catch (error) {
      record.status = "failed"
      throw error
    } finally {
      record.seconds = (now() - start) / 1000
    }
  }
  return { stages, measure }
}
