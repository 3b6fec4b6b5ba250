import { compareVersions, parseVersion, type Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import { OCI_ANNOTATION } from "../oci/manifest.ts"
import { type DigestRef, splitDigestRef } from "../oci/reference.ts"
import type { TagWish, UnearnedTag } from "./tags.ts"

/** What an image says of the source that it was built from. `order` is the commit's time, in seconds since 1970. */
export type ImageSource = { repository?: string; revision?: string; order?: number; version?: string }

/** Reads it from annotations or labels: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
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
  }
}

/** The same of an image that is about to be made. */
export function revisionSource(revision?: Revision): ImageSource {
  if (!revision) return {}
  const version = revision.dirty ? undefined : parseVersion(revision.tags)?.text
  return {
    ...(revision.url && { repository: revision.url }),
    revision: revision.commit,
    order: revision.time,
    ...(version && { version }),
  }
}

type Standing = "older" | "newer" | "unknown"

/**
 * What the image at a floating tag is to one that wants it. A newer one keeps it, as it does in a GitOps branch: the last
 * run to end need not be that of the last commit. Of equal ones the last writer has it. Unknown where one of them names no
 * commit, or they come from different repositories, whose times say nothing of each other.
 */
export function standingOf(theirs: ImageSource, ours: ImageSource, byVersion = false): Standing {
  if (isForeign(theirs, ours)) return "unknown"
  const versions = byVersion ? compareVersions(theirs.version, ours.version) : undefined
  if (versions) return versions > 0 ? "newer" : "older"
  if (theirs.order === undefined || ours.order === undefined) return "unknown"
  return theirs.order > ours.order ? "newer" : "older"
}

/** Whether two images are said to come from different repositories. */
function isForeign(theirs: ImageSource, ours: ImageSource): boolean {
  return Boolean(theirs.repository && ours.repository && theirs.repository !== ours.repository)
}

/** A newer image by what it is newer in: its version, or its commit. */
export function newerName({ revision, version }: ImageSource, byVersion = false): string {
  return (byVersion && version) || revision || "an unnamed commit"
}

/**
 * What became of a tag. `newer` names the image that keeps it; `unordered`: it was at one of which nothing says the source;
 * `foreign`: at one of that other repository.
 */
export type WrittenTag = {
  name: string
  change: "created" | "moved" | "unchanged" | "superseded"
  newer?: string
  unordered?: boolean
  foreign?: string
}

/** Where a tag is, seen from an image that wants it. */
export type TagState = TagWish & {
  at: "nothing" | "itself" | Standing
  /** The digest that it is at. */
  digest?: string
  /** The commit or the version of the image that it is at. */
  newer?: string
  /** Nothing says of which commit the image there is, so it holds nothing. */
  unordered?: boolean
  /** The other repository that the image there comes from, whose commits are neither older nor newer. */
  foreign?: string
}

type FoundTag = { digest: string; theirs: ImageSource }

export function tagState(tag: TagWish, { found, ours }: { found: FoundTag; ours: ImageSource }): TagState {
  const at = standingOf(found.theirs, ours, tag.byVersion)
  const newer = at === "newer" && { newer: newerName(found.theirs, tag.byVersion) }
  const foreign = isForeign(found.theirs, ours) && { foreign: found.theirs.repository }
  const unordered = !foreign && at === "unknown" && ours.order !== undefined && { unordered: true }
  return { ...tag, at, digest: found.digest, ...newer, ...unordered, ...foreign }
}

/** Whether a tag stays where it is, because it moves by what it means and a newer image is there. */
export function isHeld({ floating, at }: TagState): boolean {
  return floating && at === "newer"
}

/** A tag that names one digest for good is free or there already, whatever the order of the images. */
export function requireFree(ref: DigestRef, states: TagState[]): void {
  const { digest } = splitDigestRef(ref)
  for (const state of states) {
    if (!state.floating && state.digest && state.digest !== digest) throw tagConflict(state.name, state.digest, ref)
  }
}

/** What is deployed has to have a name: without one it is lost at the registry's next clean-up. */
export function requireName(ref: DigestRef, tags: Pick<TagState, "name" | "newer">[], held: boolean): void {
  if (tags.length === 0 || !held) return
  throw new SlipwayError("TAG_CONFLICT", {
    expected: `a tag for ${ref}`,
    got: tags.map(({ name, newer }) => `${name} at the newer ${newer}`).join(", "),
    fix: "Add {sha} to the tags, because registries delete images without a tag. Or ship a newer commit, or move the tags back with --force. Nothing was deployed.",
  })
}

export function tagConflict(tag: string, before: string, wanted: string): SlipwayError {
  return new SlipwayError("TAG_CONFLICT", {
    expected: `the tag ${tag} to be free or at ${wanted}`,
    got: `${tag} at ${before}`,
    fix: "Choose another tag, or write it as floating:NAME if it may move: any other tag names one digest forever.",
  })
}

/** What happened to each tag, a line each, in the order in which they were written; then those that are not earned. */
export function renderTags(ref: DigestRef, written: WrittenTag[], unearned: UnearnedTag[] = []): string {
  const lost = unearned.map((tag) => `  ${unearnedText(tag)}`)
  if (written.length === 0) {
    return [`${ref}: this commit earns none of the tags, so none was written`, ...lost].join("\n")
  }
  const lines = written.map((tag) => `  ${tag.name} (${tagChangeText(tag)})`)
  return [ref, ...lines, ...lost].join("\n")
}

/** What became of one tag, in words. */
export function tagChangeText({ change, newer, unordered, foreign }: Omit<WrittenTag, "name">): string {
  if (change === "superseded") return `not moved; it is at the newer ${newer}`
  if (foreign) return `${change}; the previous image came from another repository, ${foreign}`
  return unordered ? `${change}; the previous image names no commit` : change
}

export function unearnedText({ template, reason }: UnearnedTag): string {
  return `${template}: ${reason}`
}
