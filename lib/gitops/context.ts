import type { Secret } from "@dagger.io/dagger"
import type { Run } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import type { Checks } from "./checks/options.ts"
import { parseForge, requireForge } from "./forge/forge-place.ts"
import type { ForgeAccess } from "./forge/pull-request.ts"
import type { GitAccess } from "./git/access.ts"
import type { CommitSigning } from "./git/commit-signing.ts"
import type { Attempt } from "./git/exec.ts"
import type { BumpOutcome } from "./outcome.ts"
import type { BumpRequest } from "./request.ts"
import type { ImageVerification } from "./verification.ts"

/** How a commit reaches the branch: by a push, or by a pull request from a separate branch. */
export type Delivery = { kind: "push" } | ({ kind: "request"; autoMerge: boolean } & ForgeAccess)

/** The delivery's options as a caller passes them. */
export type DeliveryChoice = {
  pullRequest?: boolean
  autoMerge?: boolean
  forge?: string
  endpoint?: string
  token?: Secret
}

/** Refuses options that would otherwise fail after a push. */
export function parseDelivery(
  { pullRequest = false, autoMerge = false, token, ...input }: DeliveryChoice,
  { remote, login, caCertificate }: Pick<GitAccess, "remote" | "login" | "caCertificate">,
): Delivery {
  if (!pullRequest) {
    if (autoMerge)
      throw invalid("--pull-request with --auto-merge", "none", "Pass --pull-request, or omit --auto-merge.")
    if (input.forge) requireForge(remote, input.forge)
    return { kind: "push" }
  }
  const { forge, place } = parseForge(remote, input)
  if (autoMerge && !forge.merge) {
    const fix =
      "Omit --auto-merge, and enable automatic merges in the repository's settings where the forge supports them."
    throw invalid("a forge whose API supports --auto-merge", `${forge.name}, whose API does not`, fix)
  }
  const own = token ?? login?.token
  const access = { forge, place, ...(caCertificate && { authority: caCertificate }) }
  if (own) return { kind: "request", autoMerge, ...access, token: own }
  throw invalid(
    `a token for ${forge.name}'s API with --pull-request`,
    "none",
    `Pass --git-forge-token, or --git-token for git and the API together. ${forge.permission}`,
  )
}

function invalid(expected: string, got: string, fix: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", { expected, got, fix })
}

/** All that a bump needs besides its request: access, kustomize's image and, if it differs, git's image. */
export type BumpContext = {
  access: GitAccess
  image: string
  gitImage?: string
  run: Run
  signing?: CommitSigning
  /** Default a push. */
  delivery?: Delivery
  /** Checks of the manifests before the commit; default none. */
  checks?: Checks
}

export type BumpResult = { request: BumpRequest; verification: ImageVerification; outcome: BumpOutcome }

export type BumpStep = { context: BumpContext; attempt: Attempt }
