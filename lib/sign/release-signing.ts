import { COSIGN } from "../engine/tool.ts"
import type { DigestRef } from "../oci/reference.ts"
import { ANY_REFERRER, type Listings, listingOf, startListings, treeArgs } from "../oci/referrers.ts"
import type { Lane } from "../program/batch.ts"
import { cosignFor, nodeFor, openKey, runCosignBatch, secretsOf, withKey, withMoment } from "./cosign-run.ts"
import { signingFailure } from "./refusal.ts"
import { type SignOptions, signDigest, signingArgs } from "./signature.ts"

type SignedRelease = { signed: Awaited<ReturnType<typeof signDigest>>; release: Listings }

/**
 * Signs the first digest, and lists the referrers of all as they are before. With Node, that is one exec: it signs only a digest
 * without referrers, and whatever else it finds takes the way without Node.
 */
export async function signRelease(refs: [DigestRef, ...DigestRef[]], options: SignOptions): Promise<SignedRelease> {
  const [ref] = refs
  const begun = await signInOneExec(refs, options)
  const release = begun?.release ?? startListings(refs, { ...options, moment: MOMENT })
  const signed = await signDigest(ref, { ...options, release, ...(begun?.made && { made: begun.made }) })
  return { signed, release }
}

const MOMENT = "before signing"

async function signInOneExec(refs: DigestRef[], options: SignOptions) {
  const { key, cosignImage, formats = ["v3"] } = options
  const [ref] = refs
  const node = await nodeFor(options)
  if (!ref || !node || !formats.includes("v3")) return undefined
  const opened = await openKey(key)
  const cosign = cosignFor(ref, options).with(withKey(opened, cosignImage)).with(withMoment(MOMENT))
  const batch = { cosign, secrets: secretsOf(opened), lanes: signingLanes(refs, options) }
  const lanes = await runCosignBatch(batch, { ...options, node })
  const listed = (lanes ?? []).flatMap(([tree], at) => {
    const one = refs[at]
    return one && tree ? [[one, Promise.resolve(listingOf(tree))] as const] : []
  })
  if (listed.length < refs.length) return undefined
  const [tree, made] = lanes?.[0] ?? []
  // only a batch that ran out of time has a result after a failed one, and it may have signed
  if (made && tree?.exitCode !== 0) throw signingFailure({ ref, stderr: made.stderr, outcome: options.outcome })
  return { release: new Map(listed), made }
}

/** Lists the referrers of each digest, and signs the first one if it has none. */
export function signingLanes(
  [first, ...others]: DigestRef[],
  { key, access }: Pick<SignOptions, "key" | "access">,
): Lane[] {
  const tree = (ref: DigestRef) => [COSIGN, ...treeArgs(ref, access)]
  if (!first) return []
  const sign = { args: [COSIGN, ...signingArgs(first, { key, access, format: "v3" })] }
  return [
    { calls: [{ args: tree(first), unless: ANY_REFERRER }, sign] },
    ...others.map((ref) => ({ calls: [{ args: tree(ref) }] })),
  ]
}
