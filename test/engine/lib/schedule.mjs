/**
 * Runs each task as soon as its dependencies have ended. Heavy tasks, which compile for minutes on every core, run one after
 * the other; of the others, which mostly wait for the network, three run at the same time as a heavy one.
 */
export async function runAll(tasks, run) {
  const waiting = new Map(tasks.map((task) => [task.name, task]))
  const running = new Map()
  let failure
  while (waiting.size + running.size > 0) {
    for (const task of waiting.values()) {
      if (task.needs.some((need) => waiting.has(need) || running.has(need))) continue
      const similar = [...running.values()].filter(({ heavy }) => heavy === task.heavy).length
      if (similar >= (task.heavy ? 1 : 3)) continue
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
