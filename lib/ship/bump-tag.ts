import { SlipwayError } from "../error.ts"
import { planTags } from "../publish/tags.ts"
import type { ReleasedImage, ShipOptions } from "./context.ts"

/** What a release is of and called, and the template of the one tag for the GitOps repository. */
export type BumpTagInput = Pick<ReleasedImage, "revision" | "tags"> &
  Pick<ShipOptions, "ci" | "defaultBranch"> & { template?: string }

/**
 * The tag for files that cannot name an image without one: it is written before the bump, so whoever reads it there finds
 * the image. Default is the first of the release's tags that stays; a template that the commit does not earn gives none.
 */
export function bumpTag({ template, tags, revision, ci, defaultBranch }: BumpTagInput): string | undefined {
  if (!template) return tags.find(({ floating }) => !floating)?.name
  const branch = defaultBranch ?? ci?.defaultBranch
  const [wanted] = planTags([template], revision, branch ? [branch] : undefined).tags
  if (!wanted || tags.some(({ name }) => name === wanted.name)) return wanted?.name
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `one of the release's tags as gitops.tag: ${tags.map(({ name }) => name).join(", ")}`,
    got: wanted.name,
    fix: "Add its template to the tags as well, so that the registry has the tag that the GitOps repository names.",
  })
}
