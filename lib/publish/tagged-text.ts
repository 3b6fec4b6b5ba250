import type { DigestRef } from "../oci/reference.ts"
import type { TagWritten } from "./tag-state.ts"
import type { UnearnedTag } from "./tags.ts"

/** What happened to each tag, a line each, in the order in which they were written; then those that are not earned. */
export function renderTagged(ref: DigestRef, written: TagWritten[], unearned: UnearnedTag[] = []): string {
  const lost = unearned.map((tag) => `  ${unearnedText(tag)}`)
  if (written.length === 0) {
    return [`${ref}: none of the tags is earned by this commit, so none was written`, ...lost].join("\n")
  }
  const lines = written.map((tag) => `  ${tag.name} (${tag.change === "unchanged" ? "was there" : tagChangeText(tag)})`)
  return [ref, ...lines, ...lost].join("\n")
}

/** What became of one tag, in words. */
export function tagChangeText({ change, newer, unordered, foreign }: Omit<TagWritten, "name">): string {
  if (change === "superseded") return `left at the newer ${newer}`
  if (foreign) return `${change}; the image there came from another repository, ${foreign}`
  return unordered ? `${change}; nothing says of which commit the image there was` : change
}

export function unearnedText({ template, reason }: UnearnedTag): string {
  return `${template}: ${reason}`
}
