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
import type { PlannedTag } from "./tags.ts"

const Manifest = z.looseObject({
  manifests: z.array(Descriptor).optional(),
  config: z.looseObject({}).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
const Config = z.looseObject({
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
})

/** A manifest's annotations, and the image whose config has more labels: its own, or the first one of an index. */
type ManifestLabels = { annotations: Record<string, string>; described?: "itself" | { digest: string } }

/** Reads a manifest or an index; another document has no annotations. */
export function readManifestLabels(text: string): ManifestLabels {
  const parsed = Manifest.safeParse(parseJson(text))
  if (!parsed.success) return { annotations: {} }
  const { annotations = {}, manifests, config } = parsed.data
  const [first] = (manifests ?? []).filter(({ platform }) => platform?.os !== "unknown")
  if (first) return { annotations, described: { digest: first.digest } }
  return { annotations, ...(config && { described: "itself" }) }
}

/** The labels in one platform's image config. */
export function readConfigLabels(text: string): Record<string, string> {
  const parsed = Config.safeParse(parseJson(text))
  return (parsed.success && parsed.data.config?.Labels) || {}
}

/** `ours` is the image's source; default the one in its labels. `force` also moves tags back to an older image. */
export type TagOptions = CraneOptions & { ours?: ImageSource; force?: boolean }

/** Another writer may move the tag between read and write; after a few turns the newer image has it. */
const TRIES = 4

/** Writes the tags of a verified digest one at a time, the floating ones last, because people deploy by them. */
export async function writeTags(ref: DigestRef, tags: PlannedTag[], options: TagOptions): Promise<WrittenTag[]> {
  const fixed = await readTagStates(
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

/** What a failed write leaves behind: the tags before it stay written. */
export function writtenTagsText(written: WrittenTag[]): string {
  const names = written.filter(({ change }) => change === "created" || change === "moved").map(({ name }) => name)
  return names.length ? `Tags already written: ${names.join(", ")}.` : "Nothing was tagged."
}

/** The current digests of tags. `moment` makes the engine query again instead of using its cached result. */
export async function readTagStates(
  ref: DigestRef,
  tags: PlannedTag[],
  options: TagOptions & { moment: string },
): Promise<TagState[]> {
  return await Promise.all(tags.map(async (tag) => await readTagState(ref, tag, options)))
}

async function readTagState(
  ref: DigestRef,
  tag: PlannedTag,
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
  return tagState(tag, { current: { digest: found, theirs }, ours })
}

type SettleOptions = TagOptions & { unchanged: string }

/** Writes one tag. It reads a floating tag right before the write; for a fixed tag the earlier state suffices. */
async function settleTag(
  ref: DigestRef,
  { tag, state: earlier }: { tag: PlannedTag; state?: TagState },
  options: SettleOptions,
): Promise<WrittenTag> {
  const { name } = tag
  let first: TagState | undefined
  for (let turn = 1; ; turn++) {
    const known = turn === 1 ? earlier : undefined
    const unchanged = first ? `The tag ${name} may have been written.` : options.unchanged
    const state = known ?? (await readTagState(ref, tag, { ...options, unchanged, moment: `turn ${turn}` }))
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

/** The digest of a tag; undefined if the registry does not have it. */
export async function readTag(
  tag: string,
  { repository, moment, unchanged, ...options }: ReadOptions,
): Promise<string | undefined> {
  const args = digestArgs(`${repository.name}:${tag}`, options.access)
  const result = await askCrane(craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", moment), args)
  if (result.exitCode === 0) return result.stdout.trim()
  if (isAbsent(result)) return undefined
  throw pushFailure(`read the tag ${tag}`, { stderr: result.stderr, repository, ...(unchanged && { unchanged }) })
}

type SourceOptions = CraneOptions & { repository: Repository; unchanged?: string }

/** An image's source, from the annotations of its manifest, else from the labels of its (first) platform's config. */
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
