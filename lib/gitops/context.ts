import type { Secret } from "@dagger.io/dagger"
import type { Run } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { parseForge, requireForge } from "./forge/forge-place.ts"
import type { ForgeAccess } from "./forge/pull-request.ts"
import type { GitAccess } from "./git/access.ts"
import type { CommitSigning } from "./git/commit-signing.ts"
import type { Attempt } from "./git/exec.ts"
import type { BumpOutcome } from "./outcome.ts"
import type { BumpRequest } from "./request.ts"

/** How a commit comes into the branch: pushed to it, or proposed by a request from a branch of its own. */
export type Delivery = { kind: "push" } | ({ kind: "request"; autoMerge: boolean } & ForgeAccess)

/** The choice as a caller makes it. */
export type DeliveryChoice = {
  pullRequest?: boolean
  autoMerge?: boolean
  forge?: string
  endpoint?: string
  token?: Secret
}

/** Refuses here what could only fail after something was pushed. */
export function parseDelivery(
  { pullRequest = false, autoMerge = false, token, ...input }: DeliveryChoice,
  { remote, login, caCertificate }: Pick<GitAccess, "remote" | "login" | "caCertificate">,
): Delivery {
  if (!pullRequest) {
    if (autoMerge) throw invalid("--pull-request with --auto-merge", "none", "There is nothing to merge without it.")
    if (input.forge) requireForge(remote, input.forge)
    return { kind: "push" }
  }
  const { forge, place } = parseForge(remote, input)
  if (autoMerge && !forge.merge) {
    const fix = "Leave --auto-merge out, and switch it on for the repository where the forge has that."
    throw invalid("a forge that merges by itself when it is asked to", `${forge.name}, which has no call for that`, fix)
  }
  const own = token ?? login?.token
  const desk = { forge, place, ...(caCertificate && { authority: caCertificate }) }
  if (own) return { kind: "request", autoMerge, ...desk, token: own }
  throw invalid(
    `a token for ${forge.name}'s API with --pull-request`,
    "none",
    `Pass --git-forge-token, or --git-token for git and the API together. ${forge.permission}`,
  )
}

function invalid(expected: string, got: string, fix: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", { expected, got, fix })
}

/** What a bump works with besides its request: kustomize's image, and git's if that is another one. */
export type BumpContext = {
  access: GitAccess
  image: string
  gitImage?: string
  run: Run
  signing?: CommitSigning
  /** A push, unless it is to be proposed. */
  delivery?: Delivery
}

/** What was asked of a writer, and what became of it. */
export type BumpResult = { request: BumpRequest; outcome: BumpOutcome }

export type BumpStep = { context: BumpContext; attempt: Attempt }
