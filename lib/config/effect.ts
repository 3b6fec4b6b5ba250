import { randomUUID } from "node:crypto"
import type { Container } from "@dagger.io/dagger"

/** One run of the module. Without it among an exec's inputs, the engine would answer a second push from its cache. */
export type Run = string & { readonly brand: "Run" }

export function newRun(): Run {
  return randomUUID() as Run
}

/** Put right before an exec that changes or reads something outside the engine, so that it really happens. */
export function withEffect(run: Run): (container: Container) => Container {
  return (container) => container.withEnvVariable("SLIPWAY_RUN", run)
}
