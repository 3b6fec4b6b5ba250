import { isScalar } from "yaml"
import { TAG } from "../../oci/reference-grammar.ts"
import type { NewImage } from "./new-image.ts"
import type { Splice } from "./splice.ts"
import type { Cursor } from "./yaml-cursor.ts"

/** A comment of this form is Slipway's own, and so may be replaced; every other belongs to someone. */
const OWN = new RegExp(`^[ \\t]+# tag: ${TAG}(?=[ \\t]*$)`)

/**
 * Writes the tag behind the value that holds the digest, or takes an older one away, which would now tell an untruth.
 * Where a comment stands already, or none can stand, there is none.
 */
export function replaceTagComment({ file, node, flow }: Cursor, { tag, tagStyle }: NewImage): Splice[] {
  const end = node?.range?.[1]
  if (end === undefined || flow || (isScalar(node) && node.type?.startsWith("BLOCK"))) return []
  const [behind = ""] = file.text.slice(end).match(/^[^\r\n]*/) ?? []
  const [own = ""] = behind.match(OWN) ?? []
  const wanted = tag && tagStyle === "comment" ? ` # tag: ${tag}` : ""
  if (own.trim() === wanted.trim() || (!own && behind.trim())) return []
  return [{ start: end, end: end + (own || behind).length, text: wanted }]
}
