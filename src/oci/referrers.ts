import { dag } from "@dagger.io/dagger"
import { ANSWER_SECONDS, answerWithin } from "../config/answer.ts"
import { type Run, withEffect } from "../config/effect.ts"
import { started } from "../config/started.ts"
import { COSIGN } from "../config/tools.ts"
import { type DigestRef, splitDigestRef } from "./digest-ref.ts"
import { parseTree, type Referrer, treeArgs } from "./referrers-listing.ts"
import { type RegistryAccess, withRegistry } from "./registry-access.ts"

export type ReferrersOptions = { cosignImage: string; access: RegistryAccess; run: Run; moment?: string }

/** That there are none is an answer; `silence` is what was said in place of one. */
export type Listing = { referrers: Referrer[] } | { silence: string }

/** What refers to an image, asked by cosign's `tree`: crane does not know how, and `verify` takes a failure for none. */
export async function listReferrers(ref: DigestRef, options: ReferrersOptions): Promise<Listing> {
  const { cosignImage, access, run, moment = "any" } = options
  const cosign = dag
    .container()
    .from(cosignImage)
    .with(withRegistry(access, splitDigestRef(ref).repository))
    .with(withEffect(run))
    .withEnvVariable("SLIPWAY_MOMENT", moment)
  const answer = await answerWithin(ANSWER_SECONDS, cosign, [COSIGN, ...treeArgs(ref, access)])
  return answer.exitCode === 0 ? { referrers: parseTree(answer) } : { silence: answer.stderr }
}

/** What refers to several digests, asked side by side, and before the answers are needed. */
export type Listings = ReadonlyMap<DigestRef, Promise<Listing>>

export function startListings(refs: DigestRef[], options: ReferrersOptions): Listings {
  return new Map(refs.map((ref) => [ref, started(listReferrers(ref, options))]))
}
