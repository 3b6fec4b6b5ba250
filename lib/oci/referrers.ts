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

/** What refers to several digests, asked before the answers are needed. */
export type Listings = ReadonlyMap<DigestRef, Promise<Listing>>

/** The first one's is waited for, so it has the processors for itself; the others are asked meanwhile. */
export function startListings([first, ...others]: DigestRef[], options: ReferrersOptions): Listings {
  if (!first) return new Map()
  const asked = started(listReferrers(first, options))
  const ask = (ref: DigestRef) => started(asked.catch(() => {}).then(() => listReferrers(ref, options)))
  return new Map([[first, asked], ...others.map((ref) => [ref, ask(ref)] as const)])
}
