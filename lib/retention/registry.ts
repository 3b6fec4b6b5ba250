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

// Registries without deletion by the distribution API, and what they have instead.
const WITHOUT: { host: RegExp; instead: string }[] = [
  {
    host: /^ghcr\.io$/,
    instead:
      "GHCR deletes package versions by GitHub's own API alone: pass the digests of --as-json to it, or use an action that knows images and their signatures, such as dataaxiom/ghcr-cleanup-action.",
  },
  {
    host: /\.amazonaws\.com(?:\.cn)?$/,
    instead: "ECR has a policy of its own: write it with registry retention-policy --registry=ECR.",
  },
  {
    host: /(?:^|\.)docker\.io$/,
    instead: "Docker Hub deletes tags by its own API alone: pass the tags of --as-json to it.",
  },
]

/** What to do where a registry does not delete. */
export function deletionAdvice({ host }: Repository): string {
  const known = WITHOUT.find((registry) => registry.host.test(host))?.instead
  return (
    known ??
    "Switch deletion on in the registry (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true), or use its own policy."
  )
}

/** A refusal that no other login changes: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-management */
export function isUnsupported(stderr: string): boolean {
  return /UNSUPPORTED|\b405\b|METHOD_UNKNOWN|method not allowed/i.test(stderr)
}

/** A repository and the way to it. The same question at another moment is another exec. */
type RegistryOptions = CraneOptions & { repository: Repository }
type Question = { args: string[]; what: string; moment: string }

/** What the registry answers; undefined where it has no such thing. */
async function askRegistry(
  { args, what, moment }: Question,
  { repository, ...options }: RegistryOptions,
): Promise<string | undefined> {
  const answer = await askCrane(craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", moment), args)
  if (answer.exitCode === 0) return answer.stdout
  if (isAbsent(answer)) return undefined
  throw refused(what, answer, repository)
}

/** Deletes a manifest or a tag; one that is gone already is as well. */
export async function deleteRef(ref: string, { repository, ...options }: RegistryOptions): Promise<void> {
  const answer = await askCrane(craneFor(repository, options), deleteArgs(ref, options.access))
  if (answer.exitCode === 0 || isAbsent(answer)) return
  if (!isUnsupported(answer.stderr)) throw refused(`delete ${ref}`, answer, repository)
  throw new SlipwayError("REGISTRY_FAILED", {
    expected: `${repository.host} to delete ${ref}`,
    got: "that it does not delete",
    fix: deletionAdvice(repository),
  })
}

function refused(what: string, { stderr }: ToolResult, repository: Repository): SlipwayError {
  const right = "the right to read and to delete in the repository"
  return registryFailure(what, {
    stderr,
    repository,
    right,
    unchanged: "Nothing that is kept was touched.",
  })
}

/** Every tag and where it points to, in the registry's order. */
export async function readTags(options: RegistryOptions, moment: string): Promise<Map<string, Digest>> {
  const { repository, access } = options
  const what = `list the tags of ${repository.name}`
  const listed = await askRegistry({ args: listTagsArgs(repository.name, access), what, moment }, options)
  if (listed === undefined) throw noRepository(repository.name)
  const names = listed.split("\n").filter((name) => name !== "")
  const found = await mapConcurrently(names, async (tag) => [tag, await readTag(tag, options, moment)] as const)
  return new Map(found.flatMap(([tag, digest]) => (digest ? [[tag, digest] as const] : [])))
}

/** Where a tag points to; undefined if it is gone. */
export async function readTag(tag: string, options: RegistryOptions, moment: string): Promise<Digest | undefined> {
  const { repository, access } = options
  const args = digestArgs(`${repository.name}:${tag}`, access)
  const answer = await askRegistry({ args, what: `read the tag ${tag}`, moment }, options)
  return answer === undefined ? undefined : Digest.parse(answer.trim())
}

/** All that hangs below the tags. What refers to it by the API alone is asked for later, and only of what is to go. */
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

/** A manifest, and when its image was made: what an index does not say itself, its first platform's config does. */
async function readOne(digest: Digest, options: RegistryOptions, moment: string): Promise<Manifest | undefined> {
  const { repository, access } = options
  const ref = `${repository.name}@${digest}`
  const text = await askRegistry({ args: manifestArgs(ref, access), what: `read ${ref}`, moment }, options)
  if (text === undefined) return undefined
  const manifest = readManifest(text)
  const dated =
    manifest.kind === "index" ? manifest.children.find(({ index, attached }) => !index && !attached)?.digest : digest
  if (manifest.created !== undefined || manifest.kind === "unknown" || !dated || manifest.subject) return manifest
  const config = configArgs(`${repository.name}@${dated}`, access)
  const created = readCreated(
    (await askRegistry({ args: config, what: `read the config of ${ref}`, moment }, options)) ?? "",
  )
  return { ...manifest, ...(created !== undefined && { created }) }
}

export type ReferrerOptions = RegistryOptions & { cosignImage: string }

/** What refers to these, asked by cosign, since crane does not know how. */
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
  const right = "the right to read the repository"
  throw registryFailure(`list what refers to ${ref}`, {
    stderr: listing.silence,
    repository,
    right,
    unchanged: "Nothing was deleted.",
  })
}

function noRepository(name: string): SlipwayError {
  return new SlipwayError("REGISTRY_FAILED", {
    expected: `the repository ${name}`,
    got: "none of that name",
    fix: "Check the repository's name; a registry also says this to a login that may not see the repository, and of one without any tag.",
  })
}
