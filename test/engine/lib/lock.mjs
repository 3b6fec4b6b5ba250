import { spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import path from "node:path"

import { cache } from "./place.mjs"
import { Refusal, say } from "./say.mjs"

const HELD = "SLIPWAY_ENGINE_LOCKED"
const BUSY = 75
const LONGEST_WAIT = 3600

/**
 * Runs this program again under the lock, or returns true if it already has the lock. The second process holds the lock
 * until it ends, even if the first one is killed.
 */
export function underLock() {
  if (process.env[HELD]) return true
  mkdirSync(cache, { recursive: true })
  const attempt = (wait) => {
    const words = [
      "--exclusive",
      "--conflict-exit-code",
      `${BUSY}`,
      ...wait,
      path.join(cache, "lock"),
      process.execPath,
    ]
    const env = { ...process.env, [HELD]: "1" }
    return spawnSync("flock", [...words, ...process.argv.slice(1)], { stdio: "inherit", env }).status
  }
  let status = attempt(["--nonblock"])
  if (status === BUSY) {
    say("waiting for another call to end")
    status = attempt(["--wait", `${LONGEST_WAIT}`])
  }
  if (status === BUSY) throw new Refusal(`another call has held the lock for ${LONGEST_WAIT} s.`)
  process.exitCode = status ?? 1
  return false
}
