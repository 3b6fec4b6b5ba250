import { type Container, dag } from "@dagger.io/dagger"
import { ANSWER_SECONDS, type Answer, answerWithin } from "../config/answer.ts"
import { type Run, withEffect } from "../config/effect.ts"
import { CRANE } from "../config/tools.ts"
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
  for (let attempt = 1; ; attempt++) {
    const asked = crane.withEnvVariable("SLIPWAY_ATTEMPT", String(attempt))
    const answer = await answerWithin(seconds, asked, [CRANE, ...args])
    const { exitCode, stderr } = answer
    if (exitCode === 0 || attempt === ATTEMPTS || !isTransient(stderr)) return answer
    const wait = waitSeconds(attempt, { stderr, random: Math.random() })
    await new Promise((resolve) => setTimeout(resolve, wait * 1000))
  }
}

/** A push of large layers takes what it takes; all else is an answer of a few lines. */
const PUSH_SECONDS = 3600

function patience([command]: string[]): number {
  return command === "push" ? PUSH_SECONDS : ANSWER_SECONDS
}
