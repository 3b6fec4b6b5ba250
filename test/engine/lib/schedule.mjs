/**
 * Runs each task as soon as its dependencies have ended. Heavy tasks run two at a time, so that one compiles while the other
 * downloads or links; the others, which mostly wait for the network, run in parallel to them.
 */
export async function runAll(tasks, run) {
  const waiting = new Map(tasks.map((task) => [task.name, task]))
  const running = new Map()
  let failure
  while (waiting.size + running.size > 0) {
    for (const task of waiting.values()) {
      if (task.needs.some((need) => waiting.has(need) || running.has(need))) continue
      const similar = [...running.values()].filter(({ heavy }) => heavy === task.heavy).length
      if (similar >= (task.heavy ? 2 : 3)) continue
      waiting.delete(task.name)
      const noted = (error) => {
        failure ??= error
      }
      const done = run(task.name)
        .catch(noted)
        .finally(() => running.delete(task.name))
      running.set(task.name, { heavy: task.heavy, done })
    }
    await Promise.race([...running.values()].map(({ done }) => done))
    if (failure) throw failure
  }
}
