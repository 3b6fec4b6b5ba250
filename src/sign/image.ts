import { dag } from "@dagger.io/dagger"
import { answerOf } from "../config/answer.ts"
import { type Run, withEffect } from "../config/effect.ts"
import { CRANE } from "../config/tools.ts"
import { digestOf } from "../oci/digest.ts"
import { type DigestRef, splitDigestRef } from "../oci/digest-ref.ts"
import { type RegistryAccess, withRegistry } from "../oci/registry-access.ts"
import { imageUnreadable, manifestChanged } from "./refusal.ts"
import { fallbackTag, fallbackTagArgs, manifestArgs } from "./registry-args.ts"

export type RegistryOptions = { craneImage: string; access: RegistryAccess; run: Run }

/** The manifest's bytes as the registry answers them now: what hashes to another digest was changed since. */
export async function readImage(ref: DigestRef, options: RegistryOptions): Promise<string> {
  const answer = await crane(ref, manifestArgs(ref, options.access), options)
  if (answer.exitCode !== 0) throw imageUnreadable(ref, answer.stderr)
  const { digest } = splitDigestRef(ref)
  if (digestOf(answer.stdout) !== digest) throw manifestChanged(ref, digestOf(answer.stdout))
  return answer.stdout
}

/** True if the registry keeps a digest's signatures under a tag, which writers change by reading it first. */
export async function keepsFallbackTag(ref: DigestRef, options: RegistryOptions): Promise<boolean> {
  const { exitCode } = await crane(ref, fallbackTagArgs(fallbackTag(ref), options.access), options)
  return exitCode === 0
}

async function crane(ref: DigestRef, args: string[], { craneImage, access, run }: RegistryOptions) {
  const { repository } = splitDigestRef(ref)
  const tool = dag.container().from(craneImage).with(withRegistry(access, repository)).with(withEffect(run))
  return await answerOf(tool, [CRANE, ...args])
}
