import type { Directory, File } from "@dagger.io/dagger"
import { quote, SlipwayError } from "../error.ts"

/** An image that another job built, and what that job says of how. Nothing of its source runs here. */
export type GivenImage = {
  layout: Directory
  provenance: File
  /** The commit that the caller says it is of, where no checkout says it. */
  commit?: string
}

/** The two belong together: an image of which nobody says how it was built would be signed as if somebody did. */
export function pairGiven(layout?: Directory, provenance?: File, commit?: string): GivenImage | undefined {
  if (layout && provenance)
    return { layout, provenance, ...(commit !== undefined && { commit: requireCommit(commit) }) }
  if (!layout && !provenance && commit === undefined) return undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--layout and --provenance together, or neither of them",
    got: [layout && "--layout", provenance && "--provenance", commit !== undefined && "--provenance-commit"]
      .filter(Boolean)
      .join(" and ")
      .concat(" alone"),
    fix: "In the job that builds, call image and export its files; pass layout/ and provenance.json of them.",
  })
}

/** A whole one: a short one is the beginning of many. */
function requireCommit(commit: string): string {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return commit
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a whole git commit as --provenance-commit",
    got: quote(commit),
    fix: "Pass all of its 40 (or 64) hex digits.",
  })
}
