import type { DigestRef } from "../oci/digest-ref.ts"
import type { TagWritten } from "./push.ts"

/** What happened to each tag, a line each, in the order in which they were written. */
export function renderTagged(ref: DigestRef, written: TagWritten[]): string {
  if (written.length === 0) return `${ref}: none of the tags is earned by this commit, so none was written`
  return [
    ref,
    ...written.map(({ name, change }) => `  ${name} (${change === "unchanged" ? "was there" : change})`),
  ].join("\n")
}
