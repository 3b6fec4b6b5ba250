import type { Container, Directory } from "@dagger.io/dagger"
import { isLate } from "../config/answer.ts"
import { SlipwayError } from "../error.ts"
import { askCrane, type CraneOptions, craneFor } from "../oci/crane.ts"
import { type DigestRef, digestRef, splitDigestRef } from "../oci/digest-ref.ts"
import { pushableLayout, readLayout } from "../oci/layout.ts"
import { NONROOT } from "../oci/registry-access.ts"
import { registryFailed } from "../oci/registry-failure.ts"
import type { Repository } from "../oci/repository.ts"
import { isAbsent } from "../oci/retry.ts"
import { digestArgs, LAYOUT_PATH, pushArgs, tagArgs } from "./crane-args.ts"
import { pushRight } from "./push-right.ts"

export type TagWritten = { name: string; change: "created" | "moved" | "unchanged" }
export type TagWish = { name: string; floating: boolean }

/** Pushes a layout by digest, and believes it only after the registry has answered with that digest. */
export async function pushLayout(
  layout: Directory,
  { repository, ...options }: CraneOptions & { repository: Repository },
): Promise<DigestRef> {
  const { digest } = await readLayout(layout)
  const ref = digestRef(repository, digest)
  const { plainHttp } = options.access
  await requireAnswer(ref, options)
  const tool = craneFor(repository, options).withMountedDirectory(LAYOUT_PATH, pushableLayout(layout, digest), {
    owner: NONROOT,
  })
  await succeed(tool, { args: pushArgs({ ref, plainHttp }), what: `push to ${repository.name}`, repository })
  const found = await succeed(tool, { args: digestArgs(ref, plainHttp), what: `read back ${ref}`, repository })
  if (found.trim() === digest) return ref
  throw new SlipwayError("REGISTRY_FAILED", {
    expected: `the registry to hold ${digest}`,
    got: found.trim(),
    fix: "The registry changes what it is given, so nothing was signed or tagged. Use one that stores manifests as they are.",
  })
}

/** To a first question any answer will do; none within a minute is no reason to wait for as long as a push may take. */
const FIRST_ANSWER_SECONDS = 60

async function requireAnswer(ref: DigestRef, options: CraneOptions): Promise<void> {
  const { repository } = splitDigestRef(ref)
  const tool = await craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", "before").sync()
  const { stderr } = await askCrane(tool, digestArgs(ref, options.access.plainHttp), FIRST_ANSWER_SECONDS)
  if (isLate(stderr)) throw pushFailed(`push to ${repository.name}`, { stderr, repository })
}

/** Gives a verified digest its names, one after the other: floating ones last, since people deploy what they point at. */
export async function writeTags(ref: DigestRef, tags: TagWish[], options: CraneOptions): Promise<TagWritten[]> {
  const found = await Promise.all(
    tags.map(async (tag) => ({ ...tag, before: await tagDigest(ref, tag.name, options) })),
  )
  const { digest } = splitDigestRef(ref)
  for (const { name, floating, before } of found)
    if (before && before !== digest && !floating) throw conflict(name, before, ref)
  const written: TagWritten[] = []
  for (const { name, before } of [...found].sort((a, b) => Number(a.floating) - Number(b.floating))) {
    if (before !== digest) await writeTag(ref, name, options)
    written.push({ name, change: before === digest ? "unchanged" : before ? "moved" : "created" })
  }
  return written
}

async function writeTag(ref: DigestRef, name: string, options: CraneOptions): Promise<void> {
  const { repository } = splitDigestRef(ref)
  const { plainHttp } = options.access
  const call = { args: tagArgs({ ref, plainHttp }, name), what: `tag ${name}`, repository }
  await succeed(craneFor(repository, options), call)
  const after = await tagDigest(ref, name, { ...options, moment: "after" })
  if (after !== splitDigestRef(ref).digest) throw conflict(name, after ?? "no digest", ref)
}

type Asked = CraneOptions & { moment?: "before" | "after" }

async function tagDigest(
  ref: DigestRef,
  tag: string,
  { moment = "before", ...options }: Asked,
): Promise<string | undefined> {
  return await readTag(tag, { ...options, moment, repository: splitDigestRef(ref).repository })
}

/**
 * Where a tag points to, if anywhere. The same question at another moment of a run is another exec, or the engine would
 * repeat its first answer.
 */
export async function readTag(
  tag: string,
  { repository, moment, ...options }: CraneOptions & { repository: Repository; moment: string },
): Promise<string | undefined> {
  const args = digestArgs(`${repository.name}:${tag}`, options.access.plainHttp)
  const answer = await askCrane(craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", moment), args)
  if (answer.exitCode === 0) return answer.stdout.trim()
  if (isAbsent(answer)) return undefined
  throw pushFailed(`read the tag ${tag}`, { stderr: answer.stderr, repository })
}

function conflict(tag: string, before: string, ref: DigestRef): SlipwayError {
  return new SlipwayError("TAG_CONFLICT", {
    expected: `the tag ${tag} to be free or at ${ref}`,
    got: `${tag} at ${before}`,
    fix: "A tag that may move has to be declared as floating; any other belongs to one digest for good.",
  })
}

type Call = { args: string[]; what: string; repository: Repository }

async function succeed(tool: Container, { args, what, repository }: Call): Promise<string> {
  const { exitCode, stdout, stderr } = await askCrane(tool, args)
  if (exitCode === 0) return stdout
  throw pushFailed(what, { stderr, repository })
}

function pushFailed(what: string, refusal: { stderr: string; repository: Repository }): SlipwayError {
  return registryFailed(what, { ...refusal, right: pushRight(refusal.repository), unchanged: "Nothing was tagged." })
}
