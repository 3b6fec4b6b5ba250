import { type CheckReport, checkLines } from "./checks/violations.ts"
import type { GitRemote } from "./git/remote.ts"
import type { BuildChange } from "./overlay/verdict.ts"
import type { BumpRequest } from "./request.ts"
import { type ImageVerification, renderImageVerification } from "./verification.ts"

/** The result of a bump. `tries` counts pushes; `overtaken` are commits that other writers pushed first. */
export type BumpOutcome =
  | {
      status: "bumped"
      commit: string
      diff: string
      files: string[]
      changes: BuildChange[]
      tries: number
      overtaken: string[]
      /** The server accepted the push, but its response was lost: a later fetch found the commit. */
      responseLost: boolean
      kept: SupersededBy[]
      /** Warnings about the edited files. */
      notes?: string[]
      checks?: CheckReport
      rendered?: RenderedBranch
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
      checks?: CheckReport
    }
  | { status: "unchanged"; commit: string; kept: SupersededBy[] }
  /** `request` is the open pull request that proposes the newer bump, if the branch does not contain it yet. */
  | { status: "superseded"; commit: string; kept: SupersededBy[]; request?: string }

/** The rendered manifests of a bump, in the same push; without a commit they were there already. */
export type RenderedBranch = { branch: string; files: string[]; commit?: string }

/** A pull or merge request. `merge` is manual unless auto-merge was requested. */
type ProposedRequest = {
  url: string
  noun: string
  branch: string
  how: "opened" | "updated"
  merge: "manual" | "waiting" | "merged"
}

/** The pull request that a bump would open, or the open one that it would update. */
export type PlannedProposal = { noun: string; branch: string; open?: string }

/** A newer bump that was not overwritten, and its commit. */
export type SupersededBy = { path: string; image: string; commit: string; order?: number }

/** The request of a change, its repository, and whether its image was verified. */
type BumpFacts = { request: BumpRequest; remote: GitRemote; verification: ImageVerification }

/** Renders a bump's result, its commit, a lost race and the diff. */
export function renderBump(outcome: BumpOutcome, { request, remote, verification }: BumpFacts): string {
  const lines = [
    headline(outcome, `${remote.url} ${request.branch}`),
    ...renderImageVerification(verification),
    ...outcome.kept.map(keptLine),
  ]
  if (outcome.status !== "bumped" && outcome.status !== "requested") return lines.join("\n")
  return [
    ...lines,
    ...(outcome.status === "bumped" ? raceLines(outcome) : mergeLines(outcome.request)),
    ...outcome.changes.map(changeLine),
    ...(outcome.notes ?? []).map((note) => `Note: ${note}`),
    ...(outcome.checks ? checkLines(outcome.checks) : []),
    ...(outcome.status === "bumped" && outcome.rendered ? [renderedLine(outcome.rendered)] : []),
    "",
    outcome.diff.trimEnd(),
  ].join("\n")
}

/** Renders a dry run. */
export function renderBumpPlan(plan: Plan, { request, remote, verification }: BumpFacts): string {
  const [first] = plan.files.keys()
  const what = first ? `Would bump ${[...plan.files.keys()].join(", ")}` : "Nothing to bump"
  return [
    `${what} in ${remote.url} ${request.branch} at ${plan.tip}`,
    ...renderImageVerification(verification),
    ...(first && plan.proposal ? [proposalLine(plan.proposal)] : []),
    ...plan.kept.map(keptLine),
    ...plan.changes.map(changeLine),
    ...(plan.checked ? checkLines(plan.checked.report) : []),
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
  checked?: { report: CheckReport }
}

export function proposalLine({ noun, branch, open }: PlannedProposal): string {
  return open ? `Would update the ${noun} ${open}` : `Would open a ${noun} from ${branch}`
}

export function renderedLine({ branch, files, commit }: RenderedBranch): string {
  const what = `${files.join(", ")} on the branch ${branch}`
  return commit ? `Rendered ${what}, in the same push: commit ${commit}` : `Rendered ${what}: unchanged`
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
      return `Unchanged: ${where} already has the image at ${outcome.commit}`
    case "superseded": {
      const newer = outcome.request
        ? `${outcome.request} proposes a newer bump for ${where}`
        : `${where} already has a newer bump`
      return `Superseded: ${newer}, commit ${outcome.commit}`
    }
  }
}

function keptLine({ path, image, commit, order }: SupersededBy): string {
  return `Kept: ${image} in ${path} comes from newer source (order ${order ?? "unknown"}) in commit ${commit}`
}

function mergeLines({ merge, noun }: ProposedRequest): string[] {
  if (merge === "manual") return []
  return [merge === "merged" ? `The ${noun} is merged` : `The forge merges the ${noun} when its checks pass`]
}

type Race = { tries: number; overtaken: string[]; responseLost: boolean }

function raceLines({ tries, overtaken, responseLost }: Race): string[] {
  const lost = responseLost ? ["The server's response to the push was lost; the branch contains the commit."] : []
  if (tries === 1) return lost
  const winners =
    overtaken.length > 0 ? `; overtaken by ${overtaken.map((commit) => commit.slice(0, 12)).join(", ")}` : ""
  return [...lost, `Pushed after ${tries} tries${winners}`]
}

function changeLine({ object, field, from, to }: BuildChange): string {
  return `  ${object} ${field.replace(/^\./, "")}: ${from ?? "nothing"} -> ${to ?? "nothing"}`
}
