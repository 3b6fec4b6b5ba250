import { type Digest, digestsIn } from "../oci/digest.ts"

/** Asks a registry for what refers to an image, by its API or the tag that stands in for it. */
export function treeArgs(ref: string, { plainHttp }: { plainHttp: boolean }): string[] {
  return ["tree", "--experimental-oci11", ...(plainHttp ? ["--allow-http-registry"] : []), ref]
}

const LISTED = /via OCI referrer: \S+@(sha256:[0-9a-f]{64})$/
/** cosign goes on after a referrer that it cannot read, and leaves it out of its list. */
const UNREAD = /^Error fetching .*@(sha256:[0-9a-f]{64})/

/** The referrers in what `cosign tree` printed, those too that it could not read. */
export function parseTree({ stdout, stderr }: { stdout: string; stderr: string }): Digest[] {
  const lines = [...matching(stdout, LISTED), ...matching(stderr, UNREAD)]
  return [...new Set(lines.flatMap(digestsIn))]
}

function matching(text: string, pattern: RegExp): string[] {
  return text.split("\n").flatMap((line) => line.match(pattern)?.[1] ?? [])
}
