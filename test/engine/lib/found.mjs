import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import path from "node:path"

import { accepts } from "./engine.mjs"
import { Refusal, say } from "./say.mjs"
import { versions } from "./versions.mjs"

const RUNTIMES = ["docker", "podman", "nerdctl", "finch"]

/** Finds an engine that exists already: the one in the environment, or the one that `dagger` starts itself. */
export async function findEngine(env, ownHosts) {
  const named = env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"]
  if (named && ownHosts.includes(named)) return undefined
  const cli = env["_EXPERIMENTAL_DAGGER_CLI_BIN"] ?? findOnPath("dagger")
  if (named && (await isLive(named))) {
    if (cliVersion(cli)) return { host: named, cli }
    throw new Refusal(`the engine at ${named} needs the dagger CLI, ${versions.dagger} or later, on the PATH.`)
  }
  if (named) say(`no engine responds at ${named} (_EXPERIMENTAL_DAGGER_RUNNER_HOST); looking for another one`)
  if (isAtLeast(cliVersion(cli), versions.dagger) && RUNTIMES.some(works)) return { cli }
  return undefined
}

/** Compares vMAJOR.MINOR.PATCH, and ignores pre-release suffixes. */
export function isAtLeast(version, least) {
  if (version === undefined) return false
  const [have, want] = [version, least].map((text) => text.match(/\d+/g).slice(0, 3).map(Number))
  const differing = have.findIndex((number, at) => number !== want[at])
  return differing < 0 || have[differing] > want[differing]
}

async function isLive(host) {
  const url = new URL(host)
  if (url.protocol === "unix:") return accepts(url.pathname)
  if (url.protocol === "tcp:") return accepts({ host: url.hostname, port: Number(url.port) })
  return true // a container or a pod: only the CLI can reach it, and starts it if needed
}

/** The file that a shell would run for a command. */
export function findOnPath(command) {
  const folders = process.env.PATH.split(path.delimiter)
  return folders.map((folder) => path.join(folder, command)).find((file) => existsSync(file))
}

function cliVersion(cli) {
  if (cli === undefined) return undefined
  const { status, stdout } = spawnSync(cli, ["version"], { encoding: "utf8", timeout: 20_000 })
  return status === 0 ? stdout.match(/v\d+\.\d+\.\d+/)?.[0] : undefined
}

function works(runtime) {
  return spawnSync(runtime, ["info"], { stdio: "ignore", timeout: 20_000 }).status === 0
}
