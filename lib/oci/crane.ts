import { type Container, dag } from "@dagger.io/dagger"
import { ANSWER_SECONDS, type Answer, answerWithin } from "../config/answer.ts"
import { type Run, withEffect } from "../config/effect.ts"
import { CRANE } from "../config/tools.ts"
import { retry } from "../engine/retry.ts"
import { type RegistryAccess, withRegistry } from "./registry-access.ts"
import type { Repository } from "./repository.ts"
import { ATTEMPTS, isTransient, waitSeconds } from "./retry.ts"

export type CraneOptions = { craneImage: string; access: RegistryAccess; run: Run }

/** crane with its way to a registry; each run of the module meets the registry as it is then. */
export function craneFor(repository: Repository, { craneImage, access, run }: CraneOptions): Container {
  return dag.container().from(craneImage).with(withRegistry(access, repository)).with(withEffect(run))
}

/** Asks again after what passes by itself; each attempt is an exec of its own, so none is answered from the cache. */
export async function askCrane(crane: Container, args: string[], seconds = patience(args)): Promise<Answer> {
  const ask = (attempt: number) => {
    return answerWithin(seconds, crane.withEnvVariable("SLIPWAY_ATTEMPT", String(attempt)), [CRANE, ...args])
  }
  return await retry(ask, ({ exitCode, stderr }, attempt) => {
    const final = exitCode === 0 || attempt === ATTEMPTS || !isTransient(stderr)
    return final ? undefined : waitSeconds(attempt, { stderr, random: Math.random() })
  })
}

/** A push of large layers takes what it takes; all else is an answer of a few lines. */
const PUSH_SECONDS = 3600

function patience([command]: string[]): number {
  return command === "push" ? PUSH_SECONDS : ANSWER_SECONDS
}
