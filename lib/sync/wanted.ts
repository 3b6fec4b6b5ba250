import { quote, SlipwayError } from "../error.ts"
import { parseDigestRef, splitDigestRef } from "../oci/reference.ts"
import type { Wanted } from "./verdict.ts"

/** The commit is compared as a whole: the start of one may be that of another, too. */
export function parseWanted({ commit, ref }: { commit?: string; ref?: string }): Wanted {
  if (commit !== undefined && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) throw shortCommit(commit)
  return { ...(commit && { commit }), ...(ref !== undefined && { image: wantedImage(ref) }) }
}

function wantedImage(ref: string): Wanted["image"] {
  const { repository, digest } = splitDigestRef(parseDigestRef(ref))
  return { repository: repository.name, digest }
}

function shortCommit(commit: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "the whole commit of the GitOps repository, 40 or 64 hex digits",
    got: quote(commit),
    fix: "Pass the commit as bump-gitops or ship printed it; a branch's name or a short form can mean another one.",
  })
}
