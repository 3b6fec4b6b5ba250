import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)
const script = (name: string) => fileURLToPath(new URL(`../engine/${name}`, import.meta.url))
const library = (name: string) => import(new URL(`../engine/lib/${name}.mjs`, import.meta.url).href)
const { cache, instancePlace, DEFAULT_INSTANCE } = await library("place")
const { killEngine } = await library("engine")

/** An engine that nobody else uses: it begins with nothing, and what it holds in the end is these tests' doing. */
export type OwnEngine = {
  /** Asks it to stop, and answers what it left. */
  stop: () => Promise<StoppedEngine>
  /** Ends it this very moment, with all that runs in it. */
  kill: () => void
  /** Starts it with what it kept. */
  startAgain: () => Promise<void>
  remove: () => Promise<void>
}
/** Everything that is left of it, by what it is: its log, and all that it keeps between two starts. */
export type StoppedEngine = Record<string, string>

/** https://github.com/dagger/dagger/blob/v0.21.8/engine/server/server.go; the traces are every span and every log line. */
const CALLS = "dagql-cache.db"
const NAMES: Record<string, string> = { [CALLS]: "calls", clientdbs: "traces", snapshots: "layers" }

/** Only beside an engine that test/engine/up started: of any other nothing can be seen. */
export const CAN_HAVE_OWN: boolean =
  process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"] === `unix://${instancePlace(DEFAULT_INSTANCE).socket}` &&
  existsSync(instancePlace(DEFAULT_INSTANCE).state)

/** Starts it, and makes it the one that this process and the command line use. The name is of at most eight letters. */
export async function startOwnEngine(name: string): Promise<OwnEngine> {
  const instance = `--instance=${name}`
  const { stdout } = await run(script("up"), [instance, "--empty"])
  const [, host] = stdout.match(/^export _EXPERIMENTAL_DAGGER_RUNNER_HOST="([^"]+)"$/m) ?? []
  if (!host) throw new Error(`test/engine/up names no engine:\n${stdout}`)
  process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"] = host
  return {
    stop: () => stop(name),
    kill: () => killEngine(instancePlace(name)),
    startAgain: async () => void (await run(script("up"), [instance])),
    remove: async () => void (await run(script("down"), [instance, "--empty"])),
  }
}

/** What an engine remembers of calls it writes down when it is asked to stop, and it must have had the time to. */
async function stop(name: string): Promise<StoppedEngine> {
  await run(script("down"), [`--instance=${name}`])
  const { state } = instancePlace(name) as { state: string }
  const calls = readFileSync(join(state, CALLS), "latin1")
  if (!calls.includes("clean_shutdown1") || existsSync(join(state, `${CALLS}-wal`))) {
    throw new Error(`the engine did not end well: ${join(state, CALLS)} is not all that it remembered`)
  }
  const inside = (folder: string) => readdirSync(folder).map((name) => join(folder, name))
  const kept = [...inside(state), ...inside(join(state, "worker"))].filter((path) => basename(path) !== "worker")
  const named = kept.map((path) => [NAMES[basename(path)] ?? basename(path), path])
  return Object.fromEntries([["log", join(cache, "log", `engine-${name}.log`)], ...named])
}
