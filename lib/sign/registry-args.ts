import type { DigestRef } from "../oci/reference.ts"

/** Where a client keeps referrers without the API: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema */
export function fallbackTag(ref: DigestRef): string {
  return ref.replace("@sha256:", ":sha256-")
}

export function manifestArgs(ref: DigestRef, access: { plainHttp: boolean }): string[] {
  return ["manifest", ...insecure(access), ref]
}

export function blobArgs(ref: DigestRef, access: { plainHttp: boolean }): string[] {
  return ["blob", ...insecure(access), ref]
}

export function fallbackTagArgs(tag: string, access: { plainHttp: boolean }): string[] {
  return ["digest", ...insecure(access), tag]
}

function insecure({ plainHttp }: { plainHttp: boolean }): string[] {
  return plainHttp ? ["--insecure"] : []
}
