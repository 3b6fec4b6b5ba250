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

/** A separate engine with an empty state. */
export type OwnEngine = {
  /** The value of _EXPERIMENTAL_DAGGER_RUNNER_HOST. */
  host: string
  /** Stops it, and returns its state. */
  stop: () => Promise<StoppedEngine>
  /** Kills it, with everything that it runs. */
  kill: () => void
  /** Starts it again with its state. */
  startAgain: () => Promise<void>
  remove: () => Promise<void>
}
/** The engine's log and its state on disk. */
export type StoppedEngine = Record<string, string>

/** https://github.com/dagger/dagger/blob/v0.21.8/engine/server/server.go; the traces are every span and every log line. */
const CALLS = "dagql-cache.db"
const NAMES: Record<string, string> = { [CALLS]: "calls", clientdbs: "traces", snapshots: "layers" }

/** Whether test/engine/up started the current engine: the state of others is not readable. */
export const CAN_HAVE_OWN: boolean =
  process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"] === `unix://${instancePlace(DEFAULT_INSTANCE).socket}` &&
  existsSync(instancePlace(DEFAULT_INSTANCE).state)

/** Starts an engine for this process and the CLI. The name has at most eight letters. */
export async function startOwnEngine(name: string): Promise<OwnEngine> {
  const instance = `--instance=${name}`
  const { stdout } = await run(script("up"), [instance, "--empty"])
  const [, host] = stdout.match(/^export _EXPERIMENTAL_DAGGER_RUNNER_HOST="([^"]+)"$/m) ?? []
  if (!host) throw new Error(`expected test/engine/up to print an engine, got:\n${stdout}`)
  process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"] = host
  return {
    host,
    stop: () => stop(name),
    kill: () => killEngine(instancePlace(name)),
    startAgain: async () => void (await run(script("up"), [instance])),
    remove: async () => void (await run(script("down"), [instance, "--empty"])),
  }
}

/** Fails unless the engine has written its cache of calls, which it does when it stops. */
async function stop(name: string): Promise<StoppedEngine> {
  await run(script("down"), [`--instance=${name}`])
  const { state } = instancePlace(name) as { state: string }
  const calls = readFileSync(join(state, CALLS), "latin1")
  if (!calls.includes("clean_shutdown1") || existsSync(join(state, `${CALLS}-wal`))) {
    throw new Error(`expected the engine to write ${join(state, CALLS)} completely, got an incomplete file`)
  }
  const inside = (folder: string) => readdirSync(folder).map((name) => join(folder, name))
  const kept = [...inside(state), ...inside(join(state, "worker"))].filter((path) => basename(path) !== "worker")
  const named = kept.map((path) => [NAMES[basename(path)] ?? basename(path), path])
  return Object.fromEntries([["log", join(cache, "log", `engine-${name}.log`)], ...named])
}
