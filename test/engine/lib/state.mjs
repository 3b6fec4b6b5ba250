import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs"
import path from "node:path"

import { say } from "./say.mjs"

/** In MB. An engine with 24 GB started in minutes instead of a second, and needed twice the processor time for a call. */
const LARGEST = 15_000
const OLD = "old-"

/** Deletes the state of a stopped engine if it is too large to be of use; the deletion goes on after this program. */
export function dropLargeState(state, { largest = LARGEST } = {}) {
  if (!existsSync(state)) return
  const place = path.dirname(state)
  const size = sizeOf(state)
  if (size > largest) {
    say(`emptying the engine: its state of ${Math.round(size / 1000)} GB would cost more time than it saves`)
    setAside(state)
  }
  // also what an interrupted deletion left
  const old = oldStates(place)
  if (old.length > 0) spawn("rm", ["-rf", ...old], { cwd: place, detached: true, stdio: "ignore" }).unref()
}

/** Deletes the state of a stopped engine, and what an interrupted deletion left. */
export function dropState(state) {
  const place = path.dirname(state)
  if (existsSync(state)) setAside(state)
  if (!existsSync(place)) return
  for (const name of oldStates(place)) rmSync(path.join(place, name), { recursive: true, force: true })
}

/** Renames a state before its deletion: an engine would start on half of one, and fail at each call. */
function setAside(state) {
  renameSync(state, path.join(mkdtempSync(path.join(path.dirname(state), OLD)), path.basename(state)))
}

function oldStates(place) {
  return readdirSync(place).filter((name) => name.startsWith(OLD))
}

/** In MB. Files that vanish meanwhile, and an exit code because of them, do not matter. */
function sizeOf(folder) {
  const { stdout } = spawnSync("du", ["--summarize", "--block-size=1MB", folder], { encoding: "utf8" })
  return Number(stdout.split("\t")[0])
}
