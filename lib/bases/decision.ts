import type { Severity } from "../../src/enums.ts"
import type { DigestRef } from "../oci/reference.ts"
import { type BaseMove, fixesAt, isMoved, isPinned } from "./moves.ts"

/** Which move of a base image is a reason to build a commit again. */
export type RefreshPolicy = "moved" | "fixes"

/** The release to build again, or why there is none. `sameFiles`: another commit did not change the service. */
export type FormerRelease = { ref: DigestRef; commit?: string; sameFiles?: boolean } | { reason: string }

/** What is known so far: reading costs more from field to field. */
export type RefreshFacts = {
  policy: RefreshPolicy
  threshold: Severity
  commit: string
  former: FormerRelease
  bases?: BaseMove[]
  /** The commit of the GitOps repository whose bump ours must not replace; false if there is none. */
  holder?: string | false
}

/** Whether to build again; undefined while it depends on what is not known yet. */
export type RefreshDecision = { status: "due" } | { status: "nothing"; reason: string } | undefined

/** Decides about one image. It is built again only in place of a release of the same commit, which no newer bump holds. */
export function judgeRefresh({ policy, threshold, commit, former, bases, holder }: RefreshFacts): RefreshDecision {
  if ("reason" in former) return nothing(former.reason)
  if (former.commit !== commit && !former.sameFiles) return nothing(otherCommit(former.ref, former.commit))
  if (!bases) return undefined
  const moved = bases.filter(isMoved)
  if (moved.length === 0) return nothing(unmovedReason(bases))
  if (holder === undefined) return undefined
  if (holder) return nothing(`commit ${holder} of the GitOps repository is a rollback or a newer bump, which holds`)
  if (policy === "moved") return { status: "due" }
  if (moved.some(({ fixes }) => fixes === undefined)) return undefined
  if (fixesAt(moved, threshold).length > 0) return { status: "due" }
  const names = moved.map(({ name }) => name).join(", ")
  return nothing(`${names} moved, but that fixes no finding at or above ${threshold}`)
}

export function nothing(reason: string): { status: "nothing"; reason: string } {
  return { status: "nothing", reason }
}

function otherCommit(ref: DigestRef, commit?: string): string {
  return `${ref} is deployed, an image of ${commit ? `the commit ${commit}` : "no commit"}, and only its own commit can replace it`
}

function unmovedReason(bases: BaseMove[]): string {
  if (bases.length === 0) return "the release has no base image"
  if (bases.every(({ name }) => isPinned(name))) return "every base image is pinned by its digest, so none can move"
  return "no base image moved"
}
