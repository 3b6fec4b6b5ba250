import { type Digest, digestsIn } from "./digest.ts"
import { DIGEST } from "./reference-grammar.ts"

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
