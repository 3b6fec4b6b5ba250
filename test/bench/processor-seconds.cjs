const { readdirSync, readFileSync } = require("node:fs")

const TICKS_A_SECOND = 100

/** Processor seconds of a process and of all that it started, ended ones included. */
function processorSeconds(root) {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statOf(pid) ?? [])
  const parents = new Map(stats.map(({ pid, parent }) => [pid, parent]))
  const isBelow = (pid) => pid === root || (parents.has(pid) && isBelow(parents.get(pid)))
  return stats.filter(({ pid }) => isBelow(pid)).reduce((sum, { seconds }) => sum + seconds, 0)
}

// proc(5): after the name in parentheses [1] is the parent, [11] to [14] the times of the process and of its ended children
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = text
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number)
    const ticks = fields[11] + fields[12] + fields[13] + fields[14]
    return { pid: Number(pid), parent: fields[1], seconds: ticks / TICKS_A_SECOND }
  } catch {
    return undefined // the process has ended
  }
}

module.exports = { processorSeconds }
