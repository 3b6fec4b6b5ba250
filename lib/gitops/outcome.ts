import type { BuildChange } from "./build-change.ts"

/** What became of a bump. `tries` counts pushes; `overtaken` are the commits of others that won a race against it. */
export type BumpOutcome =
  | {
      status: "bumped"
      commit: string
      diff: string
      files: string[]
      changes: BuildChange[]
      tries: number
      overtaken: string[]
      /** The server took the push, but its answer was lost: the commit was found there afterwards. */
      answerLost: boolean
      kept: SupersededBy[]
      /** What a person should know of the edited files. */
      notes?: string[]
    }
  | {
      status: "requested"
      commit: string
      diff: string
      files: string[]
      changes: BuildChange[]
      request: ProposedRequest
      kept: SupersededBy[]
      notes?: string[]
    }
  | { status: "unchanged"; commit: string; kept: SupersededBy[] }
  /** `request` is the open one that proposes the newer bump, if it is not in the branch yet. */
  | { status: "superseded"; commit: string; kept: SupersededBy[]; request?: string }

/** A pull or merge request. `merge` is what the forge does with it by itself: nothing, unless it was asked to. */
export type ProposedRequest = {
  url: string
  noun: string
  branch: string
  how: "opened" | "updated"
  merge: "manual" | "waiting" | "merged"
}

/** A request that would be opened, or the open one that would be updated. */
export type PlannedProposal = { noun: string; branch: string; open?: string }

/** A newer bump that was left alone, and by which commit it is there. */
export type SupersededBy = { path: string; image: string; commit: string; order?: number }
