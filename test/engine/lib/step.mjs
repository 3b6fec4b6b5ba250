import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs"
import path from "node:path"

import { cache, home } from "./place.mjs"
import { familySeconds, findRecorded, forget, recordedNames, startRecorded, stopRecorded } from "./process.mjs"
import { LONGEST_PAUSE_MINUTES, untilStalled } from "./progress.mjs"
import { Refusal, say } from "./say.mjs"

const KEPT_UNUSED = 14 * 24 * 3600_000
const built = path.join(cache, "steps")
const scratch = path.join(cache, "scratch")

/** A step's key covers its body, the files that it reads, its settings and the keys of its dependencies. */
export function stepKeys(steps, read) {
  const keys = new Map()
  const keyOf = (name) => {
    const { body, reads = [], set = {}, needs = [] } = steps[name]
    if (!keys.has(name)) {
      const inputs = [[body, ...reads].map((file) => [file, read(file)]), Object.entries(set), needs.map(keyOf)]
      keys.set(name, createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16))
    }
    return keys.get(name)
  }
  for (const name of Object.keys(steps)) keyOf(name)
  return keys
}

/** A file's content, or a folder's: paths and contents of all files below it. */
export function readInput(relative) {
  const absolute = path.join(home, relative)
  if (!statSync(absolute).isDirectory()) return readFileSync(absolute, "utf8")
  return readdirSync(absolute)
    .sort()
    .map((name) => [name, readInput(path.join(relative, name))])
}

export function stepFolder(name, keys) {
  return path.join(built, `${name}-${keys.get(name)}`)
}

/** A folder with its final name is complete: the body fills a temporary one, which is renamed when the body succeeds. */
export function isBuilt(name, steps, keys) {
  const { holds = () => true } = steps[name]
  return existsSync(stepFolder(name, keys)) && holds()
}

export async function buildStep(name, steps, keys) {
  const { body, set = {}, needs = [] } = steps[name]
  const out = path.join(scratch, `${name}-${process.pid}`)
  const log = path.join(cache, "log", `${name}.log`)
  mkdirSync(out, { recursive: true })
  const found = Object.fromEntries(needs.map((need) => [need.replaceAll("-", "_"), stepFolder(need, keys)]))
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", HOME_OF_STEPS: home, ...found, ...set, OUT: out }
  const begun = Date.now()
  // A separate mount namespace: everything that a body mounts is gone when it ends, however it ends.
  const words = ["--mount", "--propagation", "private", "bash", "-euo", "pipefail", path.join(home, body)]
  await ended(`step-${name}`, startRecorded(`step-${name}`, "unshare", words, { env, log }), log)
  rmSync(stepFolder(name, keys), { recursive: true, force: true })
  mkdirSync(built, { recursive: true })
  renameSync(out, stepFolder(name, keys))
  say(`${name} ${Math.round((Date.now() - begun) / 1000)} s`)
}

function ended(record, child, log) {
  return new Promise((resolve, reject) => {
    let stalled = ""
    const watch = new AbortController()
    const measure = () => ({ seconds: familySeconds(record), bytes: statSync(log).size })
    untilStalled(measure, { signal: watch.signal }).then(
      () => {
        stalled = `, after ${LONGEST_PAUSE_MINUTES} minutes without progress; run it again to continue with the downloaded files`
        stopRecorded(record)
      },
      () => {}, // the step has ended
    )
    child.on("error", reject)
    child.on("exit", (code, signal) => {
      watch.abort()
      forget(record)
      if (code === 0) return resolve()
      const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(-20).join("\n")
      reject(new Refusal(`${record} ended with ${signal ?? code}${stalled}; the end of ${log}:\n${tail}`))
    })
  })
}

/** Ends the processes of an interrupted build, and deletes its incomplete folders. */
export async function clearRemains() {
  for (const record of recordedNames("step-")) {
    if (findRecorded(record)) say(`ending ${record}, left over from an interrupted run`)
    await stopRecorded(record)
  }
  rmSync(scratch, { recursive: true, force: true })
}

/** Marks the steps in use, and deletes those unused for two weeks, because other checkouts may share this cache. */
export function dropUnused(keys) {
  const now = new Date()
  for (const name of keys.keys()) {
    if (existsSync(stepFolder(name, keys))) utimesSync(stepFolder(name, keys), now, now)
  }
  for (const entry of existsSync(built) ? readdirSync(built) : []) {
    const folder = path.join(built, entry)
    if (now - statSync(folder).mtime > KEPT_UNUSED) rmSync(folder, { recursive: true, force: true })
  }
}
