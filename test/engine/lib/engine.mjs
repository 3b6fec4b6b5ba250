import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import net from "node:net"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

import { clearNetwork } from "./network.mjs"
import { cache, DEFAULT_INSTANCE, ENGINE_SOCKET, home, instancePlace, registryAddress } from "./place.mjs"
import { findRecorded, killRecorded, recordedNames, startRecorded, stopRecorded } from "./process.mjs"
import { Refusal, say } from "./say.mjs"
import { dropLargeState, dropState } from "./state.mjs"

const MIRRORED = ["docker.io", "gcr.io", "ghcr.io", "registry.k8s.io"]
// A killed engine first deletes its state at the next start: measured 41 s for 20 GB on idle cores, and minutes on busy ones.
const LONGEST_START = 10 * 60_000
// The engine writes its cache of calls when it ends after its last session; a killed one loses the cache.
const LONGEST_STOP = 60_000
const recordName = ({ name }) => `engine-${name}`

/** Runs an engine from a distribution, and replaces one of an older distribution. */
export async function startEngine(instance, distribution) {
  const config = engineConfig()
  const launcher = path.join(home, "lib/in-namespace.sh")
  const key = createHash("sha256")
    .update(distribution + config + readFileSync(launcher))
    .digest("hex")
  if (findRecorded(recordName(instance))?.key === key && (await accepts(instance.socket))) return
  await stopEngine(instance)
  if (await accepts(instance.socket)) {
    throw new Refusal(
      `${instance.socket} belongs to an engine that test/engine/up did not start. ` +
        `Stop it, or use it: export _EXPERIMENTAL_DAGGER_RUNNER_HOST=unix://${instance.socket}`,
    )
  }
  dropLargeState(instance.state)
  clearNetwork(instance)
  rmSync(instance.socket, { force: true })
  for (const folder of [instance.state, instance.config, path.dirname(instance.socket)])
    mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(instance.config, "engine.json"), config)
  const log = path.join(cache, "log", `${recordName(instance)}.log`)
  const env = { ...process.env, ...distributionEnv(distribution), DISTRIBUTION: distribution, ...foldersOf(instance) }
  const flags = ["--addr", `unix://${ENGINE_SOCKET}`, "--root", instance.state]
  const network = ["--network-name", instance.network, "--network-cidr", instance.subnet]
  const begun = Date.now()
  // A separate mount namespace, because the engine mounts over /etc/resolv.conf, and its files must be visible only to it.
  const words = ["--mount", "--propagation", "private", "bash", launcher, ...flags, ...network]
  startRecorded(recordName(instance), "unshare", words, { env, log, key })
  while (Date.now() - begun < LONGEST_START && findRecorded(recordName(instance))) {
    if (await accepts(instance.socket)) return say(`engine at ${instance.socket} after ${Date.now() - begun} ms`)
    await sleep(100)
  }
  const waited = `after ${Math.round((Date.now() - begun) / 1000)} s`
  throw new Refusal(`the engine did not start ${waited}; the end of ${log}:\n${readFileSync(log, "utf8").slice(-2000)}`)
}

/** The folders to mount over the paths that are compiled into the engine. */
function foldersOf({ config, socket }) {
  return { CONFIG: config, RUN: path.dirname(socket) }
}

/** Stops an engine; one that will be emptied need not write its cache. */
export function stopEngine(instance, { forget = false } = {}) {
  return stopRecorded(recordName(instance), forget ? 0 : LONGEST_STOP)
}

/** Kills an engine at once, so that it loses what it has not written yet. */
export function killEngine(instance) {
  killRecorded(recordName(instance))
}

export function isRunning(instance) {
  return findRecorded(recordName(instance)) !== undefined
}

/** The addresses of all engines that test/engine/up manages. */
export function ownHosts() {
  return runningInstances()
    .concat(instancePlace(DEFAULT_INSTANCE))
    .map(({ socket }) => `unix://${socket}`)
}

export function runningInstances() {
  return recordedNames("engine-")
    .map((record) => instancePlace(record.slice("engine-".length)))
    .filter(isRunning)
}

/** Deletes every result, layer and cache volume of a stopped engine. */
export function emptyEngine(instance) {
  dropState(instance.state)
}

/** Whether a server listens at a socket's path, or at a host and port. */
export function accepts(where) {
  return new Promise((resolve) => {
    const socket = net.connect(typeof where === "string" ? { path: where } : where)
    const done = (accepted) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.setTimeout(5_000, () => done(false))
    socket.on("connect", () => done(true))
    socket.on("error", () => done(false))
  })
}

function engineConfig() {
  const mirrors = MIRRORED.map((host) => [host, { mirrors: [registryAddress] }])
  const registries = { ...Object.fromEntries(mirrors), [registryAddress]: { http: true } }
  return JSON.stringify({ gc: { maxUsedSpace: "30GB" }, registries }, null, 2)
}

function distributionEnv(distribution) {
  const lines = readFileSync(path.join(distribution, "env"), "utf8").trim().split("\n")
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]))
}
