import type { CiRun } from "../config/ci.ts"

/** What decides who may read and write caches. */
export type CacheSituation = {
  ci?: CiRun
  mode: "rehearsal" | "delivery"
  given: boolean
  store: "directory" | "registry"
}

/**
 * Why a run must not write caches; undefined if it may. What a run writes, later runs build from, so only a protected branch
 * or tag does, which only its maintainers can change. Unknown is no.
 */
export function exportRefusal({ ci, mode, given, store }: CacheSituation): string | undefined {
  if (given) return GIVEN
  if (!ci) return "without --ci, nothing shows that this is a protected branch or tag"
  if (ci.pullRequest) return "a pull request reads caches, and never writes them"
  if (ci.isProtected === undefined) return `--ci lacks ${VARIABLES[ci.system]}`
  if (!ci.isProtected) return "this is not a job of a protected branch or tag"
  if (store === "registry" && mode === "rehearsal")
    return "a rehearsal has no signer, and caches in a registry are signed"
  return undefined
}

/** The variables of the CI job that show whether it is one of a protected branch or tag. */
const VARIABLES = { github: "GITHUB_REF_PROTECTED or GITHUB_EVENT_NAME", gitlab: "CI_COMMIT_REF_PROTECTED" }

/** Nothing of the source runs where a given image is signed, so nothing there needs a cache. */
export const GIVEN = "nothing of the source runs in this call"

/** The signature that a bundle needs before a run imports it. */
export type RequiredSignature = "required" | "unsigned" | { refused: string }

/**
 * A poisoned cache is a poisoned build. Where a release is signed, and from a registry, only a bundle by the release's signer
 * is imported; a rehearsal signs and delivers nothing, so there a folder of the CI system is enough.
 */
export function requiredSignature(
  situation: Pick<CacheSituation, "mode" | "store">,
  hasSigner: boolean,
): RequiredSignature {
  const { mode, store } = situation
  if (mode === "rehearsal" && store === "directory") return "unsigned"
  if (hasSigner) return "required"
  return { refused: "the signer of caches is not known: set sign.publicKey, or sign.identity and sign.issuer" }
}
