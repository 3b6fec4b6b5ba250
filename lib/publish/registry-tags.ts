import { z } from "zod"
import { parseJson } from "../config/file.ts"
import {
  askCrane,
  type CraneOptions,
  configArgs,
  craneFor,
  digestArgs,
  isAbsent,
  manifestArgs,
  tagArgs,
} from "../oci/crane.ts"
import { Descriptor } from "../oci/manifest.ts"
import { type DigestRef, type Repository, splitDigestRef } from "../oci/reference.ts"
import { pushFailure, succeed } from "./push.ts"
import {
  type ImageSource,
  imageSource,
  isHeld,
  requireFree,
  type TagState,
  tagConflict,
  tagState,
  type WrittenTag,
} from "./tag-state.ts"
import type { TagWish } from "./tags.ts"

const Manifest = z.looseObject({
  manifests: z.array(Descriptor).optional(),
  config: z.looseObject({}).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
const Config = z.looseObject({
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
})

/** What a manifest says itself, and whose config says more: that of an index's first image, or its own. */
type ManifestLabels = { annotations: Record<string, string>; described?: "itself" | { digest: string } }

/** Reads a manifest of any kind; one that is not understood says nothing. */
export function readManifestLabels(text: string): ManifestLabels {
  const parsed = Manifest.safeParse(parseJson(text))
  if (!parsed.success) return { annotations: {} }
  const { annotations = {}, manifests, config } = parsed.data
  const [first] = (manifests ?? []).filter(({ platform }) => platform?.os !== "unknown")
  if (first) return { annotations, described: { digest: first.digest } }
  return { annotations, ...(config && { described: "itself" }) }
}

/** The labels of one platform's image. */
export function readConfigLabels(text: string): Record<string, string> {
  const parsed = Config.safeParse(parseJson(text))
  return (parsed.success && parsed.data.config?.Labels) || {}
}

/** `ours` is what is known of the image's source; default what the image itself says of it. `force` moves tags back, too. */
export type TagOptions = CraneOptions & { ours?: ImageSource; force?: boolean }

/** Another writer may move a tag between question and answer; who is newer then has it after a few turns. */
const TRIES = 4

/** Gives a verified digest its names, one after the other: floating ones last, since people deploy what they point at. */
export async function writeTags(ref: DigestRef, tags: TagWish[], options: TagOptions): Promise<WrittenTag[]> {
  const fixed = await lookAtTags(
    ref,
    tags.filter(({ floating }) => !floating),
    { ...options, moment: "before" },
  )
  requireFree(ref, fixed)
  const written: WrittenTag[] = []
  for (const state of fixed) {
    written.push(await settleTag(ref, { tag: state, state }, { ...options, unchanged: writtenTagsText(written) }))
  }
  for (const tag of tags.filter(({ floating }) => floating)) {
    written.push(await settleTag(ref, { tag }, { ...options, unchanged: writtenTagsText(written) }))
  }
  return written
}

/** What a failure left alone; the tags before it stay written. */
export function writtenTagsText(written: WrittenTag[]): string {
  const names = written.filter(({ change }) => change === "created" || change === "moved").map(({ name }) => name)
  return names.length ? `Tags already written: ${names.join(", ")}.` : "Nothing was tagged."
}

/** Where tags are now. A digest is asked for again at each moment of a run, or the engine would repeat its first answer. */
export async function lookAtTags(
  ref: DigestRef,
  tags: TagWish[],
  options: TagOptions & { moment: string },
): Promise<TagState[]> {
  return await Promise.all(tags.map(async (tag) => await lookAtTag(ref, tag, options)))
}

async function lookAtTag(
  ref: DigestRef,
  tag: TagWish,
  { moment, ...options }: TagOptions & { moment: string; unchanged?: string },
): Promise<TagState> {
  const { repository, digest } = splitDigestRef(ref)
  const found = await readTag(tag.name, { ...options, repository, moment })
  if (found === undefined) return { ...tag, at: "nothing" }
  if (found === digest) return { ...tag, at: "itself", digest: found }
  if (!tag.floating) return { ...tag, at: "unknown", digest: found }
  const [theirs, ours] = await Promise.all([
    readSource(`${repository.name}@${found}`, { ...options, repository }),
    options.ours ?? readSource(ref, { ...options, repository }),
  ])
  return tagState(tag, { found: { digest: found, theirs }, ours })
}

type SettleOptions = TagOptions & { unchanged: string }

/** What was seen of one that does not move is as good as new; one that moves is asked for right before. */
async function settleTag(
  ref: DigestRef,
  { tag, state: seen }: { tag: TagWish; state?: TagState },
  options: SettleOptions,
): Promise<WrittenTag> {
  const { name } = tag
  let first: TagState | undefined
  for (let turn = 1; ; turn++) {
    const known = turn === 1 ? seen : undefined
    const unchanged = first ? `The tag ${name} may have been written.` : options.unchanged
    const state = known ?? (await lookAtTag(ref, tag, { ...options, unchanged, moment: `turn ${turn}` }))
    if (state.at === "itself") return first ? tagMove(first) : { name, change: "unchanged" }
    if (!options.force && isHeld(state)) return { name, change: "superseded", newer: state.newer }
    if (turn === TRIES || (first && !tag.floating)) throw tagConflict(name, state.digest ?? "no digest", ref)
    requireFree(ref, [state])
    first ??= state
    await writeTag(ref, name, { ...options, turn })
  }
}

function tagMove({ name, at, unordered, foreign }: TagState): WrittenTag {
  if (at === "nothing") return { name, change: "created" }
  return { name, change: "moved", ...(unordered && { unordered }), ...(foreign && { foreign }) }
}

async function writeTag(
  ref: DigestRef,
  name: string,
  { turn, unchanged, ...options }: SettleOptions & { turn: number },
) {
  const { repository } = splitDigestRef(ref)
  const args = tagArgs(ref, { tag: name, plainHttp: options.access.plainHttp })
  const call = { args, what: `tag ${name}`, repository, unchanged }
  await succeed(craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", `turn ${turn}`), call)
}

type ReadOptions = CraneOptions & { repository: Repository; moment: string; unchanged?: string }

/** Where a tag points to, if anywhere. */
export async function readTag(
  tag: string,
  { repository, moment, unchanged, ...options }: ReadOptions,
): Promise<string | undefined> {
  const args = digestArgs(`${repository.name}:${tag}`, options.access)
  const answer = await askCrane(craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", moment), args)
  if (answer.exitCode === 0) return answer.stdout.trim()
  if (isAbsent(answer)) return undefined
  throw pushFailure(`read the tag ${tag}`, { stderr: answer.stderr, repository, ...(unchanged && { unchanged }) })
}

type SourceOptions = CraneOptions & { repository: Repository; unchanged?: string }

/** What an image says of its source: by its manifest, or by the config of the image that it is, or of its first platform. */
async function readSource(ref: string, options: SourceOptions): Promise<ImageSource> {
  const { repository, access, unchanged } = options
  const crane = craneFor(repository, options)
  const ask = async (args: string[]) => await succeed(crane, { args, what: `read ${ref}`, repository, unchanged })
  const { annotations, described } = readManifestLabels(await ask(manifestArgs(ref, access)))
  const source = imageSource(annotations)
  if (source.order !== undefined || described === undefined) return source
  const image = described === "itself" ? ref : `${repository.name}@${described.digest}`
  return imageSource({ ...readConfigLabels(await ask(configArgs(image, access))), ...annotations })
}
