import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

/** Bigger files are layers of base images and databases, which were there before any secret was. */
const LARGEST = "20M"

type Place = { state: string; socket: string }
type Traces = () => string[]

/**
 * What the test engine itself wrote down since now: its log, its store of calls and cached results, and every file that
 * an exec left. Of an engine that test/engine/up did not start nothing can be seen, and nothing is answered.
 */
export async function watchEngine(): Promise<Traces> {
  const { cache, instancePlace, DEFAULT_INSTANCE } = await import(
    new URL("../engine/lib/place.mjs", import.meta.url).href
  )
  const { state, socket }: Place = instancePlace(DEFAULT_INSTANCE)
  const ours = process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"] === `unix://${socket}` && existsSync(state)
  if (!ours) return () => []
  const log = join(cache, "log", `engine-${DEFAULT_INSTANCE}.log`)
  const begun = { at: Date.now() / 1000, logged: statSync(log).size }
  return () => {
    const changed = execFileSync(
      "find",
      [state, "-type", "f", "-newermt", `@${begun.at}`, "-size", `-${LARGEST}`, "-print0"],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    )
    const files = changed.split("\0").filter((file) => file !== "")
    return [readFileSync(log).subarray(begun.logged), ...files.flatMap(readIfThere)].map((bytes) =>
      bytes.toString("latin1"),
    )
  }
}

/** The engine goes on: what it took away meanwhile is no trace any more. */
function readIfThere(file: string): Buffer[] {
  try {
    return [readFileSync(file)]
  } catch {
    return []
  }
}
