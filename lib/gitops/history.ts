import { quote, SlipwayError } from "../error.ts"
import type { DigestRef } from "../oci/reference.ts"
import type { LoggedCommit } from "./git-log.ts"
import type { SourceRevision } from "./trailers.ts"

/** One value that a bump wrote, as its commit's trailers say it; the newest comes first in a history. */
export type PastBump = { commit: string; ref: DigestRef; source: SourceRevision }

/** Where a value stands: the overlay or file, and the image's name there. */
export type Place = { path: string; image: string }

/** All bumps of an image in one place, the newest first; one that wrote what was there already is no step back. */
export function bumpsOf(log: LoggedCommit[], { path, image }: Place): PastBump[] {
  const bumps = log.flatMap(({ commit, trailers }) =>
    trailers.bumps
      .filter((bump) => bump.path === path && bump.image === image)
      .map(({ ref }) => ({ commit, ref, source: trailers.source })),
  )
  return bumps.filter(({ ref }, at) => ref !== bumps[at + 1]?.ref)
}

/** Whether a bump is the one that a person means: by its digest, its reference, its source commit or its own commit. */
function isMeant({ commit, ref, source }: PastBump, to: string): boolean {
  const prefix = /^[0-9a-f]{7,64}$/.test(to)
  const commits = [commit, source.revision ?? ""]
  return ref === to || ref.endsWith(`@${to}`) || commits.some((id) => id === to || (prefix && id.startsWith(to)))
}

/** The bump to go back to. `previous` is what stood there before what stands there now. */
export function findPast(history: PastBump[], to: string, { path, image }: Place): { now: PastBump; then: PastBump } {
  const [now, ...before] = history
  const then = to === "previous" ? before.find(({ ref }) => ref !== now?.ref) : before.find((past) => isMeant(past, to))
  if (now && then) return { now, then }
  throw new SlipwayError("ROLLBACK_IMPOSSIBLE", {
    expected: `${to === "previous" ? "an earlier bump" : `a bump to ${quote(to)}`} of ${image} in ${path}, before the one that is there`,
    got: history.length ? list(history) : "no bump of it in the branch's history",
    fix: history.length
      ? "Name one of them by its digest or source commit; one that is there already needs no rollback."
      : "Only what bump-gitops or ship wrote can be found again; use bump-gitops for any other digest.",
  })
}

function list(history: PastBump[]): string {
  const shown = history.slice(0, 10).map(({ ref, source }) => {
    return `${ref.slice(ref.indexOf("@") + 1)}${source.revision ? ` of ${source.revision.slice(0, 12)}` : ""}`
  })
  return `${shown.join(", ")}${history.length > 10 ? ` and ${history.length - 10} more` : ""}`
}
