import { dag } from "@dagger.io/dagger"
import { deferRejection } from "../engine/concurrency.ts"
import { COSIGN, type Run, runTool, TOOL_SECONDS, withEffect } from "../engine/tool.ts"
import { DIGEST, type Digest, type DigestRef, digestsIn, splitDigestRef } from "./reference.ts"
import { type RegistryAccess, withRegistry } from "./registry-access.ts"

/** What refers to an image: what it says of itself, which is unknown of one that could not be read. */
export type Referrer = { digest: Digest; type?: string }

/** Asks a registry for what refers to an image, by its API or the tag that stands in for it. */
export function treeArgs(ref: string, { plainHttp }: { plainHttp: boolean }): string[] {
  return ["tree", "--experimental-oci11", ...(plainHttp ? ["--allow-http-registry"] : []), ref]
}

const LISTED = new RegExp(`(?<type>\\S+) artifacts via OCI referrer: \\S+@(?<digest>${DIGEST})$`)
/** cosign goes on after a referrer that it cannot read, and leaves it out of its list. */
const UNREAD = new RegExp(`^Error fetching .*@(?<digest>${DIGEST})`)

/** The referrers in what `cosign tree` printed, those too that it could not read. */
export function parseTree({ stdout, stderr }: { stdout: string; stderr: string }): Referrer[] {
  const found = new Map<Digest, Referrer>()
  for (const { type, digest = "" } of [...matching(stdout, LISTED), ...matching(stderr, UNREAD)])
    for (const known of digestsIn(digest)) found.set(known, { digest: known, ...(type && { type }) })
  return [...found.values()]
}

/** A bundle goes by the URI of what it states, or by its own media type; of what could not be read anything may be so. */
export function mayState(types: string[]): (referrer: Referrer) => boolean {
  return ({ type }) =>
    type === undefined || type.startsWith("application/vnd.dev.sigstore.bundle") || types.includes(type)
}

type Found = { type?: string; digest?: string }

function matching(text: string, pattern: RegExp): Found[] {
  return text.split("\n").flatMap<Found>((line) => line.match(pattern)?.groups ?? [])
}

export type ReferrersOptions = { cosignImage: string; access: RegistryAccess; run: Run; moment?: string }

/** That there are none is an answer; `silence` is what was said in place of one. */
type Listing = { referrers: Referrer[] } | { silence: string }

/** What refers to an image, asked by cosign's `tree`: crane does not know how, and `verify` takes a failure for none. */
export async function listReferrers(ref: DigestRef, options: ReferrersOptions): Promise<Listing> {
  const { cosignImage, access, run, moment = "any" } = options
  const cosign = dag
    .container()
    .from(cosignImage)
    .with(withRegistry(access, splitDigestRef(ref).repository))
    .with(withEffect(run))
    .withEnvVariable("SLIPWAY_MOMENT", moment)
  const answer = await runTool(TOOL_SECONDS, cosign, [COSIGN, ...treeArgs(ref, access)])
  return answer.exitCode === 0 ? { referrers: parseTree(answer) } : { silence: answer.stderr }
}

/** What refers to several digests, asked before the answers are needed. */
export type Listings = ReadonlyMap<DigestRef, Promise<Listing>>

/** The first one's is waited for, so it has the processors for itself; the others are asked meanwhile. */
export function startListings([first, ...others]: DigestRef[], options: ReferrersOptions): Listings {
  if (!first) return new Map()
  const asked = deferRejection(listReferrers(first, options))
  const ask = (ref: DigestRef) => deferRejection(asked.catch(() => {}).then(() => listReferrers(ref, options)))
  return new Map([[first, asked], ...others.map((ref) => [ref, ask(ref)] as const)])
}
