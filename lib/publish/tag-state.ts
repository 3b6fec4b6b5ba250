import { compareVersions, parseVersion, type Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import { BASES_ANNOTATION, OCI_ANNOTATION } from "../oci/manifest.ts"
import { type DigestRef, splitDigestRef } from "../oci/reference.ts"
import type { PlannedTag, UnearnedTag } from "./tags.ts"

/**
 * The source of an image, as its labels name it. `order` is the commit's time, in seconds since 1970. `bases` names the
 * newer base images of a refreshed release.
 */
export type ImageSource = { repository?: string; revision?: string; order?: number; version?: string; bases?: string }

/** From annotations or labels: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export function imageSource(labels: Record<string, string> = {}): ImageSource {
  const [repository, revision, created, version] = ["source", "revision", "created", "version"].map(
    (name) => labels[`${OCI_ANNOTATION}.${name}`],
  )
  const time = Date.parse(created ?? "")
  return {
    ...(repository && { repository }),
    ...(revision && { revision }),
    ...(revision && time > 0 && { order: Math.floor(time / 1000) }),
    ...(version && { version }),
    ...(labels[BASES_ANNOTATION] && { bases: labels[BASES_ANNOTATION] }),
  }
}

/** The source of an image that is still to be built. */
export function revisionSource(revision?: Revision): ImageSource {
  if (!revision) return {}
  const version = revision.dirty ? undefined : parseVersion(revision.tags)?.text
  return {
    ...(revision.url && { repository: revision.url }),
    revision: revision.commit,
    order: revision.time,
    ...(version && { version }),
    ...(revision.refresh && { bases: revision.refresh.bases }),
  }
}

type Standing = "older" | "newer" | "unknown"

/**
 * How the image at a floating tag compares with ours. A newer one keeps the tag, as in a GitOps branch, because the last
 * run to end is not always that of the last commit. Of one commit, a release on newer bases keeps it against the first one;
 * of other equal ones, the last writer wins. Unknown if one of them names no
 * commit, or if they come from different repositories, whose commit times are not comparable.
 */
export function standingOf(theirs: ImageSource, ours: ImageSource, byVersion = false): Standing {
  if (isForeign(theirs, ours)) return "unknown"
  const versions = byVersion ? compareVersions(theirs.version, ours.version) : undefined
  if (versions) return versions > 0 ? "newer" : "older"
  if (theirs.order === undefined || ours.order === undefined) return "unknown"
  if (theirs.order !== ours.order) return theirs.order > ours.order ? "newer" : "older"
  const isRefresh = theirs.bases !== undefined && ours.bases === undefined
  return isRefresh && theirs.revision === ours.revision ? "newer" : "older"
}

/** Whether both images name a repository, and not the same one. */
function isForeign(theirs: ImageSource, ours: ImageSource): boolean {
  return Boolean(theirs.repository && ours.repository && theirs.repository !== ours.repository)
}

/** Names a newer image by its version or its commit, whichever decided. */
export function newerName({ revision, version, bases }: ImageSource, byVersion = false): string {
  const name = (byVersion && version) || revision || "an unnamed commit"
  return bases ? `${name} on newer bases` : name
}

/**
 * The outcome for one tag. `newer` names the image that keeps it; `unordered`: the previous image names no commit;
 * `foreign`: the repository of the previous image, if it is another one.
 */
export type WrittenTag = {
  name: string
  change: "created" | "moved" | "unchanged" | "superseded"
  newer?: string
  unordered?: boolean
  foreign?: string
}

/** The image at a tag, compared with ours. */
export type TagState = PlannedTag & {
  at: "nothing" | "itself" | Standing
  /** The digest at the tag. */
  digest?: string
  /** The commit or version of the newer image at the tag. */
  newer?: string
  /** The image at the tag names no commit, so it does not keep the tag. */
  unordered?: boolean
  /** The other repository that the image at the tag comes from; its commits are not comparable. */
  foreign?: string
}

type CurrentImage = { digest: string; theirs: ImageSource }

export function tagState(tag: PlannedTag, { current, ours }: { current: CurrentImage; ours: ImageSource }): TagState {
  const at = standingOf(current.theirs, ours, tag.byVersion)
  const newer = at === "newer" && { newer: newerName(current.theirs, tag.byVersion) }
  const foreign = isForeign(current.theirs, ours) && { foreign: current.theirs.repository }
  const unordered = !foreign && at === "unknown" && ours.order !== undefined && { unordered: true }
  return { ...tag, at, digest: current.digest, ...newer, ...unordered, ...foreign }
}

/** Whether a floating tag stays where it is, because a newer image has it. */
export function isHeld({ floating, at }: TagState): boolean {
  return floating && at === "newer"
}

/** A fixed tag must be free or already at this digest, whatever the order of the images. */
export function requireFree(ref: DigestRef, states: TagState[]): void {
  const { digest } = splitDigestRef(ref)
  for (const state of states) {
    if (!state.floating && state.digest && state.digest !== digest) throw tagConflict(state.name, state.digest, ref)
  }
}

/** A deployed image needs a tag, because registries delete images without one. */
export function requireName(ref: DigestRef, tags: Pick<TagState, "name" | "newer">[], held: boolean): void {
  if (tags.length === 0 || !held) return
  throw new SlipwayError("TAG_CONFLICT", {
    expected: `a tag for ${ref}`,
    got: tags.map(({ name, newer }) => `${name} at the newer ${newer}`).join(", "),
    fix: "Add {sha} to the tags, because registries delete images without a tag. Or ship a newer commit, or move the tags back with --force. Nothing was deployed.",
  })
}

export function tagConflict(tag: string, before: string, target: string): SlipwayError {
  return new SlipwayError("TAG_CONFLICT", {
    expected: `the tag ${tag} to be free or at ${target}`,
    got: `${tag} at ${before}`,
    fix: "Choose another tag, or write it as floating:NAME if it may move: any other tag names one digest forever.",
  })
}

/** One line for each written tag, in the order of writing, then one for each tag that the commit does not earn. */
export function renderTags(ref: DigestRef, written: WrittenTag[], unearned: UnearnedTag[] = []): string {
  const others = unearned.map((tag) => `  ${unearnedText(tag)}`)
  if (written.length === 0) {
    return [`${ref}: this commit earns none of the tags, so none was written`, ...others].join("\n")
  }
  const lines = written.map((tag) => `  ${tag.name} (${tagChangeText(tag)})`)
  return [ref, ...lines, ...others].join("\n")
}

export function tagChangeText({ change, newer, unordered, foreign }: Omit<WrittenTag, "name">): string {
  if (change === "superseded") return `not moved; it is at the newer ${newer}`
  if (foreign) return `${change}; the previous image came from another repository, ${foreign}`
  return unordered ? `${change}; the previous image names no commit` : change
}

export function unearnedText({ template, reason }: UnearnedTag): string {
  return `${template}: ${reason}`
}
