import type { Revision } from "../config/revision.ts"
import { quote, SlipwayError } from "../error.ts"
import { TAG } from "../oci/reference-grammar.ts"
import type { TagWish } from "./push.ts"

const VALID = new RegExp(`^${TAG}$`)

/** The tags that a commit earns: its full git sha, unless others are asked for. */
export function planTags(templates: string[], revision?: Revision): TagWish[] {
  const wanted = templates.length ? templates : revision ? ["{sha}"] : []
  return wanted.map((template) => ({ name: render(template, revision), floating: false }))
}

function render(template: string, revision?: Revision): string {
  const name = template.replaceAll("{sha}", revision?.commit ?? "{sha}")
  if (VALID.test(name)) return name
  throw new SlipwayError("TAG_INVALID", {
    expected: "a tag of at most 128 letters, digits, dots, dashes and underscores",
    got: quote(template),
    fix: "{sha} stands for the source's git commit, and needs a source with its .git.",
  })
}
