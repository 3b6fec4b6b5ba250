import { existsSync } from "node:fs"

import { allSteps } from "../steps/steps.mjs"
import { accepts, isRunning, ownHosts, runningInstances } from "./engine.mjs"
import { findEngine } from "./found.mjs"
import { howToGetAnEngine, missingToBuild } from "./machine.mjs"
import { cache, DEFAULT_INSTANCE, instancePlace, registryAddress } from "./place.mjs"
import { findRecorded } from "./process.mjs"
import { isBuilt, readInput, stepKeys } from "./step.mjs"

/** Prints what runs and what is built; exits with 0 if an engine is ready. */
export async function status() {
  const lacks = missingToBuild()
  const found = await findEngine(process.env, lacks.length > 0 ? [] : ownHosts())
  if (found) return console.log(`engine: ${found.host ?? "started by dagger on this machine's container runtime"}`)
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
  const others = runningInstances().filter(({ name }) => name !== DEFAULT_INSTANCE)
  for (const instance of [instancePlace(DEFAULT_INSTANCE), ...others]) {
    const live = isRunning(instance) && (await accepts(instance.socket))
    console.log(`engine ${instance.name}: ${live ? `runs at ${instance.socket}` : "stopped"}`)
    if (instance.name === DEFAULT_INSTANCE) process.exitCode = live ? 0 : 1
  }
}
