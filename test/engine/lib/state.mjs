import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, renameSync } from "node:fs"
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
    renameSync(state, path.join(mkdtempSync(path.join(place, OLD)), path.basename(state)))
  }
  // also what an interrupted deletion left
  const old = readdirSync(place).filter((name) => name.startsWith(OLD))
  if (old.length > 0) spawn("rm", ["-rf", ...old], { cwd: place, detached: true, stdio: "ignore" }).unref()
}

/** In MB. Files that vanish meanwhile, and an exit code because of them, do not matter. */
function sizeOf(folder) {
  const { stdout } = spawnSync("du", ["--summarize", "--block-size=1MB", folder], { encoding: "utf8" })
  return Number(stdout.split("\t")[0])
}
