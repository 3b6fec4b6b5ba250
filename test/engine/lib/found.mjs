import { spawnSync } from "node:child_process"

import { accepts } from "./engine.mjs"
import { Refusal } from "./say.mjs"
import { versions } from "./versions.mjs"

const RUNTIMES = ["docker", "podman", "nerdctl", "finch"]

/** An engine that need not be built: the one that the environment names, or the one that `dagger` starts by itself. */
export async function findEngine(env, ownHost) {
  const named = env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"]
  const cli = env["_EXPERIMENTAL_DAGGER_CLI_BIN"] ?? "dagger"
  if (named && named !== ownHost) {
    const answer = (await isLive(named)) ? cliVersion(cli) : undefined
    if (answer) return { host: named, cli }
    if (!(await isLive(named))) {
      throw new Refusal(
        `_EXPERIMENTAL_DAGGER_RUNNER_HOST names ${named}, where no engine answers. Start that engine, or unset the variable.`,
      )
    }
    throw new Refusal(`the engine at ${named} needs the dagger CLI, ${versions.dagger} or later, on the PATH.`)
  }
  if (!named && isAtLeast(cliVersion("dagger"), versions.dagger) && RUNTIMES.some(works)) return { cli: "dagger" }
  return undefined
}

/** Compares vMAJOR.MINOR.PATCH; what follows the patch number does not count. */
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
  return true // a container or a pod: only the CLI knows how to reach it, and starts it where it must
}

function cliVersion(cli) {
  const { status, stdout } = spawnSync(cli, ["version"], { encoding: "utf8", timeout: 20_000 })
  return status === 0 ? stdout.match(/v\d+\.\d+\.\d+/)?.[0] : undefined
}

function works(runtime) {
  return spawnSync(runtime, ["info"], { stdio: "ignore", timeout: 20_000 }).status === 0
}
