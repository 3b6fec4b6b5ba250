import type { StageRecord } from "./record/record.ts"

/** A stage of a current run; a running one has no duration yet. */
export type Stage = Omit<StageRecord, "status"> & { status: StageRecord["status"] | "running" }

/** Measures stages, in the order of their start, with their outcomes. */
export type Stopwatch = { stages: Stage[]; measure: <T>(name: string, stage: () => Promise<T>) => Promise<T> }

export function startStopwatch(now: () => number = Date.now): Stopwatch {
  const stages: Stage[] = []
  async function measure<T>(name: string, stage: () => Promise<T>): Promise<T> {
    const start = now()
    const record: Stage = { name, startedAt: new Date(start).toISOString(), seconds: 0, status: "running" }
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

/** The stages of an ended run: those that still ran count as stopped when the last other one ended. */
export function endedStages(stages: Stage[]): StageRecord[] {
  const start = ({ startedAt }: Stage) => Date.parse(startedAt)
  const end = Math.max(...stages.map((stage) => start(stage) + stage.seconds * 1000))
  return stages.map((stage) => {
    const { status } = stage
    if (status !== "running") return { ...stage, status }
    return { ...stage, status: "stopped", seconds: (end - start(stage)) / 1000 }
  })
}
