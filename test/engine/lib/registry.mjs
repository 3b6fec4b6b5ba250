import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

import { cache, registryAddress } from "./place.mjs"
import { findRecorded, startRecorded, stopRecorded } from "./process.mjs"
import { Refusal, say } from "./say.mjs"

/** Starts the registry that the engines use instead of the public ones. */
export async function startRegistry(folder) {
  const key = path.basename(folder)
  if (findRecorded("registry")?.key === key && (await responds())) return
  await stopRecorded("registry")
  if (await responds()) {
    throw new Refusal(
      `${registryAddress} is in use by a program that test/engine/up did not start. ` +
        "Stop it, or set SLIPWAY_ENGINE_REGISTRY to another address.",
    )
  }
  const config = path.join(cache, "run", "registry.yml")
  mkdirSync(path.dirname(config), { recursive: true })
  writeFileSync(config, registryConfig(path.join(cache, "registry")))
  const env = { ...process.env, OTEL_TRACES_EXPORTER: "none" }
  const log = path.join(cache, "log", "registry.log")
  startRecorded("registry", path.join(folder, "bin/registry"), ["serve", config], { env, log, key })
  for (let tries = 0; tries < 100; tries++) {
    if (await responds()) return say(`registry at ${registryAddress}`)
    await sleep(100)
  }
  throw new Refusal(`the registry did not respond within 10 s; see ${log}`)
}

export function stopRegistry() {
  return stopRecorded("registry")
}

function registryConfig(storage) {
  return JSON.stringify({
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: registryAddress },
  })
}

async function responds() {
  try {
    return (await fetch(`http://${registryAddress}/v2/`, { signal: AbortSignal.timeout(5_000) })).ok
  } catch {
    return false
  }
}
