import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import { needsCommit, planTags, type TagPlan } from "../publish/tags.ts"
import type { Context, ReleasedImage, ShipOptions } from "./context.ts"
import type { Place } from "./delivery.ts"
import { type ImageStart, readStartRevision, releaseRevision } from "./source-image.ts"

/** The revision and tags of a release. Invalid tags are an error before anything of the source runs. */
export async function plannedTags(
  image: ImageStart,
  { options, facts }: Pick<Context, "options" | "facts">,
): Promise<Pick<ReleasedImage, "revision" | "tags">> {
  const { ci, defaultBranch } = options
  const revision = releaseRevision(await readStartRevision(image), options)
  const { tags, unearned } = releaseTags(options.tags, { revision, ci, defaultBranch, mode: facts.mode })
  facts.unearned = unearned
  return { tags, ...(revision && { revision }) }
}

type TagFacts = { revision?: Revision; mode: Place["mode"]; ci?: CiRun; defaultBranch?: string }

/** The tags of a release. A delivery needs one, because registries delete images without a tag. */
export function releaseTags(templates: string[], facts: TagFacts): TagPlan {
  const { revision, mode } = facts
  if (mode === "rehearsal") return rehearsedTags(templates, facts)
  if (templates.length === 0 && !revision) throw noTags("a source without .git and no --tags")
  const plan = planFor(templates, facts)
  if (plan.tags.length > 0) return plan
  throw noTags(plan.unearned.map(({ template, reason }) => `${template} ${reason}`).join("; "))
}

/** A rehearsal does not fail without a tag, because only a delivery needs one. */
function rehearsedTags(templates: string[], facts: TagFacts): TagPlan {
  if (facts.revision) return planFor(templates, facts)
  const literals = templates.filter((template) => !needsCommit(template))
  const others = templates.filter(needsCommit)
  const { tags, unearned } = planFor(literals.length ? literals : ["rehearsal"], facts)
  const reason = "not earned, because the source has no commit"
  return { tags, unearned: [...others.map((template) => ({ template, reason })), ...unearned] }
}

/** The settings' default branch precedes the CI's; without both, main and master are a guess, and the reason says so. */
function planFor(templates: string[], { revision, ci, defaultBranch = ci?.defaultBranch }: TagFacts): TagPlan {
  if (defaultBranch) return planTags(templates, revision, [defaultBranch])
  const { tags, unearned } = planTags(templates, revision)
  const hint = "; set defaultBranch in slipway.yaml to change it"
  const explained = unearned.map((tag) => (/only on/.test(tag.reason) ? { ...tag, reason: tag.reason + hint } : tag))
  return { tags, unearned: explained }
}

function noTags(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a tag for the release",
    got,
    fix: "Pass --tags (or set tags in slipway.yaml) that the commit earns, such as {sha}, and a source with its .git. Nothing was pushed.",
  })
}

/** A release's revision and tags, and the template of the tag for the GitOps repository. */
type BumpTagInput = Pick<ReleasedImage, "revision" | "tags"> &
  Pick<ShipOptions, "ci" | "defaultBranch"> & { template?: string }

/**
 * The tag for manifests that need one in addition to the digest. The release writes it before the bump, so the image can
 * be pulled by it. Default is the first fixed tag of the release; a template that the commit does not earn gives none.
 */
export function bumpTag({ template, tags, revision, ci, defaultBranch }: BumpTagInput): string | undefined {
  if (!template) return tags.find(({ floating }) => !floating)?.name
  const branch = defaultBranch ?? ci?.defaultBranch
  const [planned] = planTags([template], revision, branch ? [branch] : undefined).tags
  if (!planned || tags.some(({ name }) => name === planned.name)) return planned?.name
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `one of the release's tags as gitops.tag: ${tags.map(({ name }) => name).join(", ")}`,
    got: planned.name,
    fix: "Add its template to tags, so that the registry has the tag that the GitOps repository names.",
  })
}
