import { type Directory, dag } from "@dagger.io/dagger"
import { mapConcurrently } from "../engine/concurrency.ts"
import type { Run } from "../engine/tool.ts"
import {
  askCrane,
  craneFiles,
  craneFor,
  digestArgs,
  isAbsent,
  LAYOUT_PATH,
  pullArgs,
  pushOneArgs,
} from "../oci/crane.ts"
import { type Descriptor, parseImageIndex, renderImageIndex } from "../oci/manifest.ts"
import { Digest, type DigestRef, digestRef, type Repository, splitDigestRef } from "../oci/reference.ts"
import { listReferrers } from "../oci/referrers.ts"
import { NONROOT, type RegistryAccess } from "../oci/registry-access.ts"
import { pushFailure, pushImage, succeed } from "./push.ts"
import { readTag } from "./registry-tags.ts"

/** A further repository that holds a copy of each release. */
export type Replica = { repository: Repository; access: RegistryAccess }

/** A manifest that refers to a subject, or an older signature at its tag. */
type Attached = { subject: Digest; digest: Digest; tag?: string }

/** A release to copy. `index` is its image index with all platforms, `attached` what refers to one of them. */
export type ReleaseContent = { attached: Attached[]; index: () => Promise<Directory>; files: () => Promise<Directory> }

export type CopyOptions = {
  craneImage: string
  cosignImage: string
  access: RegistryAccess
  run: Run
  moment: string
}

/** The release's index and the manifests that it lists. */
export type Subjects = { ref: DigestRef; platforms: Digest[] }

/**
 * Lists everything of a release in its registry. The content is pulled when a replica lacks something, and once for all
 * replicas; `built` is the layout, if this run built it.
 */
export async function listRelease(
  { ref, platforms }: Subjects,
  { built, ...options }: CopyOptions & { built?: Directory },
): Promise<ReleaseContent> {
  const { repository, digest } = splitDigestRef(ref)
  const subjects = [digest, ...platforms]
  const found = await Promise.all([
    ...subjects.map((subject) => listAttached(repository, subject, options)),
    listOlderTags(repository, digest, options),
  ])
  const attached = found.flat()
  const refs = [...new Set(attached.map((one) => digestRef(repository, one.digest)))]
  return {
    attached,
    index: once(async () => built ?? (await pull([ref], options))),
    files: once(async () => await pull(refs, options)),
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined
  return () => {
    started ??= work()
    return started
  }
}

async function listAttached(repository: Repository, subject: Digest, options: CopyOptions): Promise<Attached[]> {
  const listing = await listReferrers(digestRef(repository, subject), options)
  if ("referrers" in listing) return listing.referrers.map(({ digest }) => ({ subject, digest }))
  if (isAbsent({ stderr: listing.failure })) return []
  throw pushFailure(`list what refers to ${repository.name}@${subject}`, { stderr: listing.failure, repository })
}

/** The index's tags of cosign's older format: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
async function listOlderTags(repository: Repository, subject: Digest, options: CopyOptions): Promise<Attached[]> {
  const found = await mapConcurrently(["sig", "att"], async (kind): Promise<Attached[]> => {
    const tag = olderTag(subject, kind)
    const digest = await readTag(tag, { ...options, repository })
    return digest === undefined ? [] : [{ subject, tag, digest: Digest.parse(digest) }]
  })
  return found.flat()
}

export function olderTag(subject: Digest, kind: string): string {
  return `${subject.replace(":", "-")}.${kind}`
}

async function pull(refs: DigestRef[], options: CopyOptions): Promise<Directory> {
  const [first] = refs
  if (!first) return dag.directory()
  const { repository } = splitDigestRef(first)
  const crane = craneFor(repository, options).withDirectory(LAYOUT_PATH, dag.directory(), { owner: NONROOT })
  const { result, files } = await craneFiles(crane, { args: pullArgs(refs, options.access), path: LAYOUT_PATH })
  if (result.exitCode === 0) return files
  throw pushFailure(`copy from ${repository.name}`, { stderr: result.stderr, repository })
}

type Target = CopyOptions & { repository: Repository }

/**
 * Copies to a replica what it lacks, by digest: the index first, then what refers to it. Referrers of one subject are
 * pushed one at a time, because a registry without the referrers API lists them under a tag that clients read and write.
 */
export async function copyRelease(
  { ref, platforms }: Subjects,
  content: ReleaseContent,
  target: Target,
): Promise<number> {
  const { repository } = target
  const { digest } = splitDigestRef(ref)
  const present = await hasManifest(digestRef(repository, digest), target)
  if (!present) await pushImage({ layout: await content.index(), content: { digest } }, target)
  const subjects = [digest, ...platforms]
  const missing = present ? await missingAttached(content.attached, subjects, target) : content.attached
  await Promise.all(
    subjects.map(async (subject) => {
      for (const one of missing.filter((attached) => attached.subject === subject))
        await pushAttached(one, await content.files(), target)
    }),
  )
  return missing.length + (present ? 0 : 1)
}

async function hasManifest(ref: DigestRef, { repository, access, ...options }: Target): Promise<boolean> {
  const crane = craneFor(repository, { ...options, access }).withEnvVariable("SLIPWAY_MOMENT", options.moment)
  const result = await askCrane(crane, digestArgs(ref, access))
  if (result.exitCode !== 0 && !isAbsent(result))
    throw pushFailure(`look for ${ref}`, { stderr: result.stderr, repository, unchanged: "Nothing was copied." })
  return result.exitCode === 0
}

async function missingAttached(wanted: Attached[], subjects: Digest[], target: Target): Promise<Attached[]> {
  const { repository } = target
  const listed = await Promise.all(subjects.map((subject) => listAttached(repository, subject, target)))
  const present = new Set(listed.flat().map(({ digest }) => digest))
  const missing = await mapConcurrently(wanted, async (one) => {
    if (one.tag === undefined) return present.has(one.digest) ? [] : [one]
    return (await readTag(one.tag, target)) === one.digest ? [] : [one]
  })
  return missing.flat()
}

async function pushAttached({ digest, tag }: Attached, files: Directory, target: Target): Promise<void> {
  const { repository, access } = target
  const ref = tag === undefined ? digestRef(repository, digest) : `${repository.name}:${tag}`
  const tool = craneFor(repository, target).withMountedDirectory(LAYOUT_PATH, await layoutOf(files, digest), {
    owner: NONROOT,
  })
  await succeed(tool, { args: pushOneArgs(ref, access), what: `copy ${ref}`, repository })
}

/** The layout with one entry: crane reads the media type there. */
async function layoutOf(files: Directory, digest: Digest): Promise<Directory> {
  const { manifests } = parseImageIndex(await files.file("index.json").contents(), "index.json")
  const entry = manifests.find((listed: Descriptor) => listed.digest === digest)
  if (!entry) throw new Error(`${digest} is not among the pulled manifests`)
  return files.withNewFile("index.json", renderImageIndex([entry]))
}
