import type { CiRun } from "../config/ci.ts"
import { parseVersion, type Revision } from "../config/revision.ts"

/** What else than its checkout says something of the source: the CI job, and which of several services is shipped. */
export type RevisionFacts = { ci?: CiRun; service?: string }

/** The source's revision with what only the CI job knows: its checkout is of a commit, on no branch and often without tags. */
export function releaseRevision(revision: Revision | undefined, { ci, service }: RevisionFacts): Revision | undefined {
  if (!revision) return undefined
  const { branch = ci?.branch, tags } = revision
  const all = ci?.tag && !tags.includes(ci.tag) ? [...tags, ci.tag] : tags
  return { ...revision, ...(branch && { branch }), tags: service === undefined ? all : serviceTags(all, service) }
}

/**
 * In a repository of several services each can have versions of its own, named by git tags as api/v1.2.3, api-v1.2.3 or
 * api@1.2.3; where a service has none, the repository's are its own.
 */
function serviceTags(tags: string[], service: string): string[] {
  const own = tags.flatMap((tag) => {
    const rest = tag.startsWith(service) ? tag.slice(service.length) : ""
    return /^[/@-]/.test(rest) && parseVersion([rest.slice(1)]) ? [rest.slice(1)] : []
  })
  return own.length ? own : tags
}
