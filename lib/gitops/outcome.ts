import type { GitRemote } from "./git/remote.ts"
import type { BuildChange } from "./overlay/verdict.ts"
import type { BumpRequest } from "./request.ts"

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
type ProposedRequest = {
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

/** What a person wants to know of a bump: what became of it, the commit, a race and who won it, and the diff. */
export function renderBump(outcome: BumpOutcome, { branch }: BumpRequest, { url }: GitRemote): string {
  const lines = [headline(outcome, `${url} ${branch}`), ...outcome.kept.map(keptLine)]
  if (outcome.status !== "bumped" && outcome.status !== "requested") return lines.join("\n")
  return [
    ...lines,
    ...(outcome.status === "bumped" ? raceLines(outcome) : mergeLines(outcome.request)),
    ...outcome.changes.map(changeLine),
    ...(outcome.notes ?? []).map((note) => `Note: ${note}`),
    "",
    outcome.diff.trimEnd(),
  ].join("\n")
}

/** What a bump would do. */
export function renderBumpPlan(plan: Plan, { branch }: BumpRequest, { url }: GitRemote): string {
  const [first] = plan.files.keys()
  const what = first ? `Would bump ${[...plan.files.keys()].join(", ")}` : "Nothing to bump"
  return [
    `${what} in ${url} ${branch} at ${plan.tip}`,
    ...(first && plan.proposal ? [proposalLine(plan.proposal)] : []),
    ...plan.kept.map(keptLine),
    ...plan.changes.map(changeLine),
    ...(plan.diff ? ["", plan.diff.trimEnd()] : []),
  ].join("\n")
}

type Plan = {
  tip: string
  files: Map<string, unknown>
  changes: BuildChange[]
  kept: SupersededBy[]
  diff: string
  proposal?: PlannedProposal
}

/** What would be proposed, and where. */
export function proposalLine({ noun, branch, open }: PlannedProposal): string {
  return open ? `Would update the ${noun} ${open}` : `Would open a ${noun} from ${branch}`
}

function headline(outcome: BumpOutcome, where: string): string {
  switch (outcome.status) {
    case "bumped":
      return `Bumped ${outcome.files.join(", ")} in ${where}: commit ${outcome.commit}`
    case "requested": {
      const { how, noun, url, branch } = outcome.request
      return `${how === "opened" ? "Opened" : "Updated"} the ${noun} ${url} for ${where}: commit ${outcome.commit} on ${branch}`
    }
    case "unchanged":
      return `Already there in ${where} at ${outcome.commit}: no commit was needed`
    case "superseded": {
      const newer = outcome.request
        ? `a newer bump is proposed for ${where} by ${outcome.request}`
        : `${where} already has a newer bump`
      return `Left alone: ${newer}, commit ${outcome.commit}`
    }
  }
}

function keptLine({ path, image, commit, order }: SupersededBy): string {
  return `Kept: ${image} in ${path} comes from newer source (order ${order ?? "unknown"}) in commit ${commit}`
}

function mergeLines({ merge, noun }: ProposedRequest): string[] {
  if (merge === "manual") return []
  return [merge === "merged" ? `The ${noun} is merged` : `The ${noun} will be merged when its checks pass`]
}

type Race = { tries: number; overtaken: string[]; answerLost: boolean }

function raceLines({ tries, overtaken, answerLost }: Race): string[] {
  const lost = answerLost ? ["The server's answer to the push was lost; the commit was found in the branch."] : []
  if (tries === 1) return lost
  const winners =
    overtaken.length > 0 ? `; first came ${overtaken.map((commit) => commit.slice(0, 12)).join(", ")}` : ""
  return [...lost, `It took ${tries} pushes${winners}`]
}

function changeLine({ object, field, from, to }: BuildChange): string {
  return `  ${object} ${field.replace(/^\./, "")}: ${from ?? "nothing"} -> ${to ?? "nothing"}`
}
