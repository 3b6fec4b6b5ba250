import { z } from "zod"
import { Digest } from "../oci/reference.ts"
import { type AttestedStatement, PREDICATE_TYPES } from "./verification.ts"

/** The buildTypes: `externalParameters` are the arguments of ship by name, or the settings of the chart. */
export const BUILD_TYPES = { image: "urn:slipway:build:v1", chart: "urn:slipway:chart:v1" } as const

/** The facts of a build. Unknown facts are left out: a provenance must not guess. */
export type BuildFacts = {
  /** Default that of an image. */
  buildType?: (typeof BUILD_TYPES)["image" | "chart"]
  /** Who controls the build: the CI job, or the person's machine. */
  builderId: string
  invocationId?: string
  /** Every choice of the caller, by argument. */
  parameters: Record<string, unknown>
  source: { url?: string; commit?: string; dirty?: boolean }
  baseImages: { name: string; digest: Digest }[]
  tools: { name: string; image: string }[]
  platforms: { platform: string; digest: Digest }[]
  startedAt: Date
  finishedAt: Date
}

/** The scheme of an image in a provenance. */
const IMAGE = "docker://"

const DigestSet = z.record(z.string(), z.string())
const ResourceDescriptor = z.object({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: DigestSet.optional(),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
})
type ResourceDescriptor = z.infer<typeof ResourceDescriptor>

/** https://slsa.dev/spec/v1.1/provenance: the required fields, and those that Slipway writes. */
export const Provenance = z.object({
  buildDefinition: z.object({
    buildType: z.url(),
    externalParameters: z.record(z.string(), z.unknown()),
    internalParameters: z.record(z.string(), z.unknown()).optional(),
    resolvedDependencies: z.array(ResourceDescriptor).optional(),
  }),
  runDetails: z.object({
    builder: z.object({ id: z.url(), builderDependencies: z.array(ResourceDescriptor).optional() }),
    metadata: z
      .object({
        invocationId: z.string().optional(),
        startedOn: z.iso.datetime().optional(),
        finishedOn: z.iso.datetime().optional(),
      })
      .optional(),
    byproducts: z.array(ResourceDescriptor).optional(),
  }),
})
export type Provenance = z.infer<typeof Provenance>

/** The predicate for `cosign attest --type slsaprovenance1`. */
export function describeBuild(facts: BuildFacts): Provenance {
  const { builderId, invocationId, parameters, startedAt, finishedAt } = facts
  return {
    buildDefinition: {
      buildType: facts.buildType ?? BUILD_TYPES.image,
      externalParameters: parameters,
      resolvedDependencies: [...sourceOf(facts), ...facts.baseImages.map(imageOf)],
    },
    runDetails: {
      builder: { id: builderId, builderDependencies: facts.tools.map(toolOf) },
      metadata: {
        ...(invocationId && { invocationId }),
        startedOn: startedAt.toISOString(),
        finishedOn: finishedAt.toISOString(),
      },
      byproducts: facts.platforms.map(({ platform, digest }) => ({ name: platform, digest: digestSet(digest) })),
    },
  }
}

/** Uncommitted changes are noted next to the commit, since the tree is not that commit. */
function sourceOf({ source: { url, commit, dirty } }: BuildFacts): ResourceDescriptor[] {
  if (!commit) return []
  return [
    {
      ...(url && { uri: `git+${url}` }),
      digest: { gitCommit: commit },
      annotations: { dirty: dirty ?? "unknown" },
    },
  ]
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md is an equivalent, longer form. */
function imageOf({ name, digest }: { name: string; digest: Digest }): ResourceDescriptor {
  return { uri: `${IMAGE}${name}`, digest: digestSet(digest) }
}

function toolOf({ name, image }: { name: string; image: string }): ResourceDescriptor {
  const [, digest] = image.match(/@sha256:([0-9a-f]{64})$/) ?? []
  return { name, uri: `${IMAGE}${image}`, ...(digest && { digest: { sha256: digest } }) }
}

function digestSet(digest: Digest): { sha256: string } {
  return { sha256: digest.replace("sha256:", "") }
}

/** The commit that a provenance names; a build that does not say that its source was clean counts as dirty. */
export function statedSource({ buildDefinition }: Provenance): { commit?: string; dirty: boolean } {
  const source = buildDefinition.resolvedDependencies?.find(({ digest }) => digest?.["gitCommit"])
  const commit = source?.digest?.["gitCommit"]
  return { ...(commit && { commit }), dirty: source?.annotations?.["dirty"] !== false }
}

/** The base images that a provenance names, by the name in the Dockerfile, each with the digest that the build used. */
export function statedBases({ buildDefinition }: Provenance): { name: string; digest: Digest }[] {
  return (buildDefinition.resolvedDependencies ?? []).flatMap(({ uri, digest }) => {
    const read = Digest.safeParse(`sha256:${digest?.["sha256"]}`)
    return uri?.startsWith(IMAGE) && read.success ? [{ name: uri.slice(IMAGE.length), digest: read.data }] : []
  })
}

/** The platforms in the build's provenance; undefined if no provenance has any. */
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

/** A provenance that exists but cannot be read is refused: it must not count as one without platforms. */
export function unreadProvenance(
  types: string[],
  { provenance, wanted }: { provenance: AttestedStatement[]; wanted: boolean },
): string[] {
  const there = types.includes(PREDICATE_TYPES.slsaprovenance1)
  return wanted && there && provenance.length === 0 ? ["the provenance of the image index cannot be read"] : []
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
  return [`the provenance is for ${ofImage.map(({ name }) => name).join(", ")}`]
}
