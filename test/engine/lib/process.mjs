import { spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

import { cache } from "./place.mjs"

const records = path.join(cache, "run")
const recordOf = (name) => path.join(records, `${name}.json`)

/** Starts a program in a separate session and records its process. */
export function startRecorded(name, command, args, { env, log, key = "" }) {
  mkdirSync(records, { recursive: true })
  mkdirSync(path.dirname(log), { recursive: true })
  const output = openSync(log, "w")
  const child = spawn(command, args, { env, detached: true, stdio: ["ignore", output, output] })
  closeSync(output)
  child.unref() // it outlives this process, which must not wait for it
  if (child.pid !== undefined) {
    writeFileSync(
      recordOf(name),
      JSON.stringify({ pid: child.pid, started: startTime(child.pid), boot: bootId(), key }),
    )
  }
  return child
}

/** The recorded process, if its id still belongs to it: ids are reused, but start times are not. */
export function findRecorded(name) {
  try {
    const record = JSON.parse(readFileSync(recordOf(name), "utf8"))
    return record.boot === bootId() && record.started === startTime(record.pid) ? record : undefined
  } catch {
    return undefined
  }
}

export function forget(name) {
  rmSync(recordOf(name), { force: true })
}

/** Ends a recorded process and its session: SIGTERM first, and SIGKILL after the patience, in ms. */
export async function stopRecorded(name, patience = 10_000) {
  const record = findRecorded(name)
  if (record) {
    const family = [record.pid, ...descendants(record.pid)].map((pid) => ({ pid, started: startTime(pid) }))
    signal(record, "SIGTERM")
    for (let waited = 0; waited < patience && isAlive(record); waited += 100) await sleep(100)
    for (const member of family) signal(member, "SIGKILL")
    for (let tries = 0; tries < 50 && family.some(isAlive); tries++) await sleep(100)
  }
  forget(name)
}

/** Kills a recorded process and its children at once, like a power failure. */
export function killRecorded(name) {
  const record = findRecorded(name)
  if (!record) return
  const family = [record.pid, ...descendants(record.pid)].map((pid) => ({ pid, started: startTime(pid) }))
  for (const member of family) signal(member, "SIGKILL")
}

/** Names of all recorded processes that begin with a prefix. */
export function recordedNames(prefix) {
  try {
    return readdirSync(records)
      .filter((file) => file.startsWith(prefix))
      .map((file) => path.basename(file, ".json"))
  } catch {
    return []
  }
}

function isAlive({ pid, started }) {
  return startTime(pid) === started
}

function signal(member, name) {
  if (member.started === undefined || !isAlive(member)) return
  try {
    process.kill(member.pid, name)
  } catch (error) {
    if (error.code !== "ESRCH") throw error
  }
}

function bootId() {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
}

function descendants(root) {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: Number(stat(name)?.[1]) }))
  const below = (pid) => parents.filter(({ parent }) => parent === pid).flatMap((it) => [it.pid, ...below(it.pid)])
  return below(root)
}

/** Processor time of a recorded process and of its descendants, ended ones included, in seconds. */
export function familySeconds(name) {
  const record = findRecorded(name)
  const family = record ? [record.pid, ...descendants(record.pid)] : []
  const ticks = family.flatMap((pid) => (stat(pid) ?? []).slice(11, 15).map(Number))
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_A_SECOND
}

/** In clock ticks since boot; undefined for a process that ended, zombies included. */
function startTime(pid) {
  const fields = stat(pid)
  return fields && fields[0] !== "Z" ? fields[19] : undefined
}

// USER_HZ, which is 100 on all of Linux's architectures that matter here
const TICKS_A_SECOND = 100

// proc(5): the fields after the name in parentheses, so [0] is the state, [1] the parent, [11] to [14] the processor times
// of the process and of the children that it waited for, [19] the start time
function stat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
  } catch {
    return undefined
  }
}
