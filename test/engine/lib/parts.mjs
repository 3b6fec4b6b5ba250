import { allSteps } from "../steps/steps.mjs"
import { ownHosts } from "./engine.mjs"
import { isBuilt, readInput, stepKeys } from "./step.mjs"

/** The steps of `up --with=NAMES`: those with these names, and what they are built with. */
export function stepsOf(names, steps) {
  return names.flatMap((name) => [name, ...(steps[name].with ?? [])])
}

/**
 * The named parts that are not built for the current engine. For an engine that `up` did not build, none: its images come
 * from their public registries.
 */
export function missingParts(names) {
  if (!ownHosts().includes(process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"])) return []
  const steps = allSteps()
  const keys = stepKeys(steps, readInput)
  return names.filter((name) => !stepsOf([name], steps).every((step) => isBuilt(step, steps, keys)))
}
