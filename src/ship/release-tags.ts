import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import type { TagWish } from "../publish/push.ts"
import { planTags } from "../publish/tags.ts"
import type { Place } from "./place.ts"

/** The tags that a release gets. A delivery without any would be lost at the registry's next clean-up. */
export function releaseTags(
  templates: string[],
  { revision, mode, ci }: { revision?: Revision; mode: Place["mode"]; ci?: CiRun },
): TagWish[] {
  if (templates.length || revision)
    return planTags(templates, revision, ci?.defaultBranch ? [ci.defaultBranch] : undefined)
  if (mode === "rehearsal") return planTags(["rehearsal"])
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a tag for the release",
    got: "a source without .git, and no --tags",
    fix: "Give --tags, or a source with its .git, whose commit is then the tag. Nothing was pushed.",
  })
}
