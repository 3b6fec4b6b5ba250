import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import { needsCommit, planTags, type TagPlan } from "../publish/tags.ts"
import type { Place } from "./place.ts"

export type TagFacts = { revision?: Revision; mode: Place["mode"]; ci?: CiRun; defaultBranch?: string }

/** The tags that a release gets. A delivery without any would be lost at the registry's next clean-up. */
export function releaseTags(templates: string[], facts: TagFacts): TagPlan {
  const { revision, mode } = facts
  if (mode === "rehearsal") return rehearsedTags(templates, facts)
  if (templates.length === 0 && !revision) throw noTags("a source without .git, and no --tags")
  const plan = planFor(templates, facts)
  if (plan.tags.length > 0) return plan
  throw noTags(plan.unearned.map(({ template, reason }) => `${template} ${reason}`).join("; "))
}

/** A rehearsal does not fail for a tag that it would not write where it matters. */
function rehearsedTags(templates: string[], facts: TagFacts): TagPlan {
  if (facts.revision) return planFor(templates, facts)
  const literals = templates.filter((template) => !needsCommit(template))
  const lost = templates.filter(needsCommit)
  const { tags, unearned } = planFor(literals.length ? literals : ["rehearsal"], facts)
  const reason = "not earned, since no commit is known"
  return { tags, unearned: [...lost.map((template) => ({ template, reason })), ...unearned] }
}

/** What the CI says of the default branch is a fact, main and master only a guess; the file's own word is neither. */
function planFor(templates: string[], { revision, ci, defaultBranch = ci?.defaultBranch }: TagFacts): TagPlan {
  if (defaultBranch) return planTags(templates, revision, [defaultBranch])
  const { tags, unearned } = planTags(templates, revision)
  const hint = "; defaultBranch in slipway.yaml names another"
  const told = unearned.map((tag) => (/only on/.test(tag.reason) ? { ...tag, reason: tag.reason + hint } : tag))
  return { tags, unearned: told }
}

function noTags(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a tag for the release",
    got,
    fix: "Give --tags (or tags in slipway.yaml) that the commit earns, such as {sha}, and a source with its .git. Nothing was pushed.",
  })
}
