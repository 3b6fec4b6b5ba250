import { existsSync } from "node:fs"

import { allSteps } from "../steps/steps.mjs"
import { accepts, isRunning } from "./engine.mjs"
import { findEngine } from "./found.mjs"
import { howToGetAnEngine, missingToBuild } from "./machine.mjs"
import { cache, DEFAULT_INSTANCE, instancePlace, registryAddress } from "./place.mjs"
import { findRecorded, recordedNames } from "./process.mjs"
import { isBuilt, readInput, stepKeys } from "./step.mjs"

/** Says what runs and what is built; ends with 0 if an engine can be used now. */
export async function status() {
  const ownHost = `unix://${instancePlace(DEFAULT_INSTANCE).socket}`
  const found = await findEngine(process.env, ownHost)
  if (found) return console.log(`engine: ${found.host ?? "started by dagger on this machine's container runtime"}`)
  const lacks = missingToBuild()
  if (lacks.length > 0) {
    console.log(howToGetAnEngine(lacks))
    process.exitCode = 1
    return
  }
  const steps = allSteps()
  const keys = stepKeys(steps, readInput)
  const required = Object.keys(steps).filter((name) => !steps[name].optional)
  const missing = existsSync(cache) ? required.filter((name) => !isBuilt(name, steps, keys)) : required
  console.log(`cache: ${cache}, ${missing.length > 0 ? `to be built: ${missing.join(", ")}` : "everything is built"}`)
  console.log(`registry: ${findRecorded("registry") ? `runs at ${registryAddress}` : "stopped"}`)
  const names = new Set([DEFAULT_INSTANCE, ...recordedNames("engine-").map((record) => record.slice("engine-".length))])
  for (const instance of [...names].map(instancePlace)) {
    const live = isRunning(instance) && (await accepts(instance.socket))
    console.log(`engine ${instance.name}: ${live ? `runs at ${instance.socket}` : "stopped"}`)
    if (instance.name === DEFAULT_INSTANCE) process.exitCode = live ? 0 : 1
  }
}
