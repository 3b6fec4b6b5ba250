import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"

/** The source's revision with what only the CI job knows: its checkout is of a commit, on no branch and often without tags. */
export function ciRevision(revision: Revision | undefined, ci: CiRun | undefined): Revision | undefined {
  if (!revision || !ci) return revision
  const { branch = ci.branch, tags } = revision
  return {
    ...revision,
    ...(branch && { branch }),
    tags: ci.tag && !tags.includes(ci.tag) ? [...tags, ci.tag] : tags,
  }
}
