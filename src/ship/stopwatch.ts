/** One stage of the run as it really happened; stages that ran side by side overlap. */
export type StageTime = { name: string; startedAt: string; seconds: number }

/** Measures named stages, in the order in which they began. A stage that fails is measured too. */
export type Stopwatch = { times: StageTime[]; measure: <T>(name: string, stage: () => Promise<T>) => Promise<T> }

export function startStopwatch(now: () => number = Date.now): Stopwatch {
  const times: StageTime[] = []
  async function measure<T>(name: string, stage: () => Promise<T>): Promise<T> {
    const start = now()
    const time = { name, startedAt: new Date(start).toISOString(), seconds: 0 }
    times.push(time)
    try {
      return await stage()
    } finally {
      time.seconds = (now() - start) / 1000
    }
  }
  return { times, measure }
}
