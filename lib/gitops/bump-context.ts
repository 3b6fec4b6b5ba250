import type { Run } from "../engine/tool.ts"
import type { GitAccess } from "./access.ts"
import type { CommitSigning } from "./commit-signing.ts"
import type { Delivery } from "./delivery.ts"
import type { Attempt } from "./exec.ts"
import type { BumpOutcome } from "./outcome.ts"
import type { BumpRequest } from "./request.ts"

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
export type Written = { request: BumpRequest; outcome: BumpOutcome }

export type Step = { context: BumpContext; attempt: Attempt }
