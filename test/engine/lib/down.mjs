import path from "node:path"
import { parseArgs } from "node:util"

import { writeBlock } from "./dotenv.mjs"
import { emptyEngine, isRunning, runningInstances, stopEngine } from "./engine.mjs"
import { underLock } from "./lock.mjs"
import { checkout, DEFAULT_INSTANCE, instancePlace } from "./place.mjs"
import { stopRegistry } from "./registry.mjs"
import { say } from "./say.mjs"

/** Stops an engine that `up` started, and the registry with the last one. Built steps stay. */
export async function down(args) {
  const { values } = parseArgs({
    args,
    options: {
      instance: { type: "string", default: DEFAULT_INSTANCE },
      all: { type: "boolean", default: false },
      empty: { type: "boolean", default: false },
    },
  })
  if (!underLock()) return
  const running = runningInstances()
  for (const instance of values.all ? running : [instancePlace(values.instance)]) {
    await stopEngine(instance, { forget: values.empty })
    if (values.empty) emptyEngine(instance)
  }
  if (running.some(isRunning)) return say("stopped; the registry stays for the other engines")
  await stopRegistry()
  writeBlock(path.join(checkout, ".env"), []) // its images are gone
  say("stopped")
}
