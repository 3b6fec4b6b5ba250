import type { Digest } from "../oci/reference.ts"
import type { AttestedStatement } from "./attested-statement.ts"
import { PREDICATE_TYPES } from "./predicate-type.ts"
import { Provenance } from "./provenance.ts"

/** The platforms that the build said it made; undefined if no provenance says so. */
export function claimedPlatforms(statements: AttestedStatement[]): { platform: string; digest: string }[] | undefined {
  for (const { predicate } of statements) {
    const provenance = Provenance.safeParse(predicate)
    const claimed = provenance.data?.runDetails.byproducts?.flatMap(({ name, digest }) =>
      name && digest?.["sha256"] ? [{ platform: name, digest: `sha256:${digest["sha256"]}` }] : [],
    )
    if (claimed?.length) return claimed
  }
  return undefined
}

/** One that is there and was not read says nothing of the platforms, which must not pass for having nothing to say. */
export function unreadProvenance(
  types: string[],
  { provenance, wanted }: { provenance: AttestedStatement[]; wanted: boolean },
): string[] {
  const there = types.includes(PREDICATE_TYPES.slsaprovenance1)
  return wanted && there && provenance.length === 0 ? ["the provenance of the image index could not be read"] : []
}

/** Why a provenance is refused: it must be about this digest, in this repository. */
export function judgeProvenance(
  statements: AttestedStatement[],
  { digest, repository }: { digest: Digest; repository: string },
): string[] {
  const subjects = statements.flatMap((statement) => statement.subjects)
  if (subjects.length === 0) return []
  const ofImage = subjects.filter(({ sha256 }) => `sha256:${sha256}` === digest)
  if (ofImage.length === 0) return ["the provenance is about another image"]
  if (ofImage.some(({ name }) => name === undefined || name === repository)) return []
  return [`the provenance was made for ${ofImage.map(({ name }) => name).join(", ")}`]
}
