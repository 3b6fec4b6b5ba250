import type { Digest } from "../oci/reference.ts"

// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema, and cosign's .sig, .att, .sbom
const SHAPE = /^sha256-([0-9a-f]{64})(?:\.[a-z0-9-]+)?$/

/** Whose signatures or attestations a tag holds; undefined for a tag that people or pipelines gave. */
export function subjectOf(tag: string): Digest | undefined {
  const [, hex] = tag.match(SHAPE) ?? []
  return hex ? (`sha256:${hex}` as Digest) : undefined
}
