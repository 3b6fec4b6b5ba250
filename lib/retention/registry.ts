import { mapConcurrently } from "../engine/concurrency.ts"
import type { ToolResult } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import {
  askCrane,
  type CraneOptions,
  configArgs,
  craneFor,
  deleteArgs,
  digestArgs,
  isAbsent,
  listTagsArgs,
  manifestArgs,
  registryFailure,
} from "../oci/crane.ts"
import { Digest, digestRef, type Repository } from "../oci/reference.ts"
import { listReferrers } from "../oci/referrers.ts"
import { type Inventory, type Manifest, readCreated, readManifest, subjectOf } from "./inventory.ts"

// registries without deletion by the distribution API, and their alternatives
const WITHOUT: { host: RegExp; instead: string }[] = [
  {
    host: /^ghcr\.io$/,
    instead:
      "Pass the digests of --as-json to GitHub's API, the only way to delete package versions of GHCR, or use an action for images with signatures, such as dataaxiom/ghcr-cleanup-action.",
  },
  {
    host: /\.amazonaws\.com(?:\.cn)?$/,
    instead: "Use ECR's lifecycle policy: write it with registry retention-policy --registry=ECR.",
  },
  {
    host: /(?:^|\.)docker\.io$/,
    instead: "Pass the tags of --as-json to Docker Hub's API, the only way to delete its tags.",
  },
]

/** The advice for a registry without deletion. */
export function deletionAdvice({ host }: Repository): string {
  const known = WITHOUT.find((registry) => registry.host.test(host))?.instead
  return (
    known ??
    "Enable deletion in the registry (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true), or use its retention policy."
  )
}

/** Whether the registry does not support deletion, with any login: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-management */
export function isUnsupported(stderr: string): boolean {
  return /UNSUPPORTED|\b405\b|METHOD_UNKNOWN|method not allowed/i.test(stderr)
}

/** A repository and the access to it. A query at another moment is another exec. */
type RegistryOptions = CraneOptions & { repository: Repository }
type Query = { args: string[]; what: string; moment: string }

/** The registry's response; undefined if it does not have the requested manifest, tag or repository. */
async function queryRegistry(
  { args, what, moment }: Query,
  { repository, ...options }: RegistryOptions,
): Promise<string | undefined> {
  const result = await askCrane(craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", moment), args)
  if (result.exitCode === 0) return result.stdout
  if (isAbsent(result)) return undefined
  throw refused(what, result, repository)
}

/** Deletes a manifest or a tag, which may be gone already. */
export async function deleteRef(ref: string, { repository, ...options }: RegistryOptions): Promise<void> {
  const result = await askCrane(craneFor(repository, options), deleteArgs(ref, options.access))
  if (result.exitCode === 0 || isAbsent(result)) return
  if (!isUnsupported(result.stderr)) throw refused(`delete ${ref}`, result, repository)
  throw new SlipwayError("REGISTRY_FAILED", {
    expected: `${repository.host} to delete ${ref}`,
    got: "a registry without deletion",
    fix: deletionAdvice(repository),
  })
}

function refused(what: string, { stderr }: ToolResult, repository: Repository): SlipwayError {
  const right = "read and delete access to the repository"
  return registryFailure(what, {
    stderr,
    repository,
    right,
    unchanged: "No image to keep was deleted.",
  })
}

/** Every tag with its digest, in the registry's order. */
export async function readTags(options: RegistryOptions, moment: string): Promise<Map<string, Digest>> {
  const { repository, access } = options
  const what = `list the tags of ${repository.name}`
  const listed = await queryRegistry({ args: listTagsArgs(repository.name, access), what, moment }, options)
  if (listed === undefined) throw noRepository(repository.name)
  const names = listed.split("\n").filter((name) => name !== "")
  const found = await mapConcurrently(names, async (tag) => [tag, await readTag(tag, options, moment)] as const)
  return new Map(found.flatMap(([tag, digest]) => (digest ? [[tag, digest] as const] : [])))
}

/** A tag's digest; undefined if the tag is gone. */
export async function readTag(tag: string, options: RegistryOptions, moment: string): Promise<Digest | undefined> {
  const { repository, access } = options
  const args = digestArgs(`${repository.name}:${tag}`, access)
  const digest = await queryRegistry({ args, what: `read the tag ${tag}`, moment }, options)
  return digest === undefined ? undefined : Digest.parse(digest.trim())
}

/** Reads the manifests of all tags. Referrers of the API are queried later, only for manifests to delete. */
export async function readInventory(options: RegistryOptions, moment: string): Promise<Inventory> {
  const tags = await readTags(options, moment)
  const companions = new Set([...tags].flatMap(([tag, digest]) => (subjectOf(tag) ? [digest] : [])))
  const manifests = new Map<Digest, Manifest>()
  for (let next = [...new Set(tags.values())]; next.length > 0; ) {
    const read = await mapConcurrently(
      next,
      async (digest) => [digest, await readOne(digest, options, moment)] as const,
    )
    for (const [digest, manifest] of read) if (manifest) manifests.set(digest, manifest)
    const indexes = read.flatMap(([digest, manifest]) => (companions.has(digest) ? [] : (manifest?.children ?? [])))
    next = [...new Set(indexes.flatMap(({ digest, index }) => (index && !manifests.has(digest) ? [digest] : [])))]
  }
  for (const [tag, digest] of tags) if (!manifests.has(digest)) tags.delete(tag)
  return { tags, manifests, referrers: new Map() }
}

/** A manifest with its creation time: of the index's annotation, or else of its first platform's config. */
async function readOne(digest: Digest, options: RegistryOptions, moment: string): Promise<Manifest | undefined> {
  const { repository, access } = options
  const ref = `${repository.name}@${digest}`
  const text = await queryRegistry({ args: manifestArgs(ref, access), what: `read ${ref}`, moment }, options)
  if (text === undefined) return undefined
  const manifest = readManifest(text)
  const dated =
    manifest.kind === "index" ? manifest.children.find(({ index, attached }) => !index && !attached)?.digest : digest
  if (manifest.created !== undefined || manifest.kind === "unknown" || !dated || manifest.subject) return manifest
  const config = configArgs(`${repository.name}@${dated}`, access)
  const created = readCreated(
    (await queryRegistry({ args: config, what: `read the config of ${ref}`, moment }, options)) ?? "",
  )
  return { ...manifest, ...(created !== undefined && { created }) }
}

export type ReferrerOptions = RegistryOptions & { cosignImage: string }

/** Lists referrers with cosign, because crane cannot. */
export async function readReferrers(subjects: Digest[], options: ReferrerOptions): Promise<[Digest, Digest[]][]> {
  return await mapConcurrently(subjects, async (subject) => [subject, await referrersOf(subject, options)])
}

async function referrersOf(
  subject: Digest,
  { repository, access, cosignImage, run }: ReferrerOptions,
): Promise<Digest[]> {
  const ref = digestRef(repository, subject)
  const listing = await listReferrers(ref, { access, cosignImage, run })
  if ("referrers" in listing) return listing.referrers.map(({ digest }) => digest)
  const right = "read access to the repository"
  throw registryFailure(`list what refers to ${ref}`, {
    stderr: listing.failure,
    repository,
    right,
    unchanged: "Nothing was deleted.",
  })
}

function noRepository(name: string): SlipwayError {
  return new SlipwayError("REGISTRY_FAILED", {
    expected: `the repository ${name}`,
    got: "no such repository",
    fix: "Check the repository's name; a registry also says this to a login that may not see the repository, and of one without any tag.",
  })
}
