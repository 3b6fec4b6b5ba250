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
  | { status: "unchanged"; commit: string; kept: SupersededBy[] }
  | { status: "superseded"; commit: string; kept: SupersededBy[] }

/** A newer bump that was left alone, and by which commit it is there. */
export type SupersededBy = { path: string; image: string; commit: string; order?: number }
