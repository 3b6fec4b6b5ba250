import { SlipwayError } from "../error.ts"
import { type DigestRef, splitDigestRef } from "../oci/reference.ts"
import { type ImageSource, isForeign, newerName, type Standing, standingOf } from "./tag-order.ts"
import type { TagWish } from "./tags.ts"

/**
 * What became of a tag. `newer` names the image that keeps it; `unordered`: it was at one of which nothing says the source;
 * `foreign`: at one of that other repository.
 */
export type TagWritten = {
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

export type TagFound = { digest: string; theirs: ImageSource }

export function tagState(tag: TagWish, { found, ours }: { found: TagFound; ours: ImageSource }): TagState {
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
    expected: `a tag that ${ref} can have`,
    got: tags.map(({ name, newer }) => `${name} at the newer ${newer}`).join(", "),
    fix: "Add {sha} to the tags: without a tag it would be lost at the registry's next clean-up. Or ship a newer commit, or move them back with --force. Nothing was deployed.",
  })
}

export function tagConflict(tag: string, before: string, wanted: string): SlipwayError {
  return new SlipwayError("TAG_CONFLICT", {
    expected: `the tag ${tag} to be free or at ${wanted}`,
    got: `${tag} at ${before}`,
    fix: "A tag that may move has to be declared as floating; any other belongs to one digest for good.",
  })
}
