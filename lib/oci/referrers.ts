import { dag } from "@dagger.io/dagger"
import { deferRejection } from "../engine/concurrency.ts"
import { COSIGN, type Run, runTool, TOOL_SECONDS, type ToolResult, withEffect } from "../engine/tool.ts"
import { DIGEST, type Digest, type DigestRef, digestsIn, splitDigestRef } from "./reference.ts"
import { type RegistryAccess, withRegistry } from "./registry-access.ts"

/** A manifest that refers to an image; `type` is undefined if it could not be read. */
export type Referrer = { digest: Digest; type?: string }

/** Lists what refers to an image, by the referrers API or the fallback tag. */
export function treeArgs(ref: string, { plainHttp }: { plainHttp: boolean }): string[] {
  return ["tree", "--experimental-oci11", ...(plainHttp ? ["--allow-http-registry"] : []), ref]
}

const LISTED = new RegExp(`(?<type>\\S+) artifacts via OCI referrer: \\S+@(?<digest>${DIGEST})$`)
/** cosign prints this for a referrer that it cannot read, and leaves it out of its list. */
const UNREAD = new RegExp(`^Error fetching .*@(?<digest>${DIGEST})`)

/** Matches an output of `cosign tree` that lists a referrer, or names one that it could not read. */
export const ANY_REFERRER = "artifacts via OCI referrer|^Error fetching"

/** The referrers in the output of `cosign tree`, with those that it could not read. */
export function parseTree({ stdout, stderr }: { stdout: string; stderr: string }): Referrer[] {
  const found = new Map<Digest, Referrer>()
  for (const { type, digest = "" } of [...matching(stdout, LISTED), ...matching(stderr, UNREAD)])
    for (const known of digestsIn(digest)) found.set(known, { digest: known, ...(type && { type }) })
  return [...found.values()]
}

/** Whether a referrer may be a statement of one of the types: a bundle may be listed by its predicate type or its media type. */
export function mayState(types: string[]): (referrer: Referrer) => boolean {
  return ({ type }) =>
    type === undefined || type.startsWith("application/vnd.dev.sigstore.bundle") || types.includes(type)
}

function matching(text: string, pattern: RegExp): { type?: string; digest?: string }[] {
  return text.split("\n").flatMap<{ type?: string; digest?: string }>((line) => line.match(pattern)?.groups ?? [])
}

export type ReferrersOptions = { cosignImage: string; access: RegistryAccess; run: Run; moment?: string }

/** The referrers, possibly none, or the error of a failed query in `failure`. */
export type Listing = { referrers: Referrer[] } | { failure: string }

/** Lists referrers with `cosign tree`: crane cannot, and `cosign verify` reports a failed query as none. */
export async function listReferrers(ref: DigestRef, options: ReferrersOptions): Promise<Listing> {
  const { cosignImage, access, run, moment = "any" } = options
  const cosign = dag
    .container()
    .from(cosignImage)
    .with(withRegistry(access, { repository: splitDigestRef(ref).repository, to: cosignImage }))
    .with(withEffect(run))
    .withEnvVariable("SLIPWAY_MOMENT", moment)
  return listingOf(await runTool(TOOL_SECONDS, cosign, [COSIGN, ...treeArgs(ref, access)]))
}

/** The referrers in the result of `cosign tree`. */
export function listingOf(result: ToolResult): Listing {
  return result.exitCode === 0 ? { referrers: parseTree(result) } : { failure: result.stderr }
}

/** Queries for the referrers of several digests, started early. */
export type Listings = ReadonlyMap<DigestRef, Promise<Listing>>

/** Starts the first query alone, because the caller waits for it, and the others after it. */
export function startListings([first, ...others]: DigestRef[], options: ReferrersOptions): Listings {
  if (!first) return new Map()
  const listing = deferRejection(listReferrers(first, options))
  const later = (ref: DigestRef) => deferRejection(listing.catch(() => {}).then(() => listReferrers(ref, options)))
  return new Map([[first, listing], ...others.map((ref) => [ref, later(ref)] as const)])
}
