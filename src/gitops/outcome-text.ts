import type { BuildChange } from "./build-change.ts"
import type { GitRemote } from "./git-remote.ts"
import type { BumpOutcome, SupersededBy } from "./outcome.ts"
import type { BumpRequest } from "./request.ts"

/** What a person wants to know of a bump: what became of it, the commit, a race and who won it, and the diff. */
export function renderBump(outcome: BumpOutcome, { branch }: BumpRequest, { url }: GitRemote): string {
  const lines = [headline(outcome, `${url} ${branch}`), ...outcome.kept.map(keptLine)]
  if (outcome.status !== "bumped") return lines.join("\n")
  return [
    ...lines,
    ...(outcome.answerLost ? ["The server's answer to the push was lost; the commit was found in the branch."] : []),
    ...raceLines(outcome),
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
    ...plan.kept.map(keptLine),
    ...plan.changes.map(changeLine),
    ...(plan.diff ? ["", plan.diff.trimEnd()] : []),
  ].join("\n")
}

type Plan = { tip: string; files: Map<string, string>; changes: BuildChange[]; kept: SupersededBy[]; diff: string }

function headline(outcome: BumpOutcome, where: string): string {
  switch (outcome.status) {
    case "bumped":
      return `Bumped ${outcome.files.join(", ")} in ${where}: commit ${outcome.commit}`
    case "unchanged":
      return `Already there in ${where} at ${outcome.commit}: no commit was needed`
    case "superseded":
      return `Left alone: ${where} already has a newer bump, commit ${outcome.commit}`
  }
}

function keptLine({ path, image, commit, order }: SupersededBy): string {
  return `Kept: ${image} in ${path} comes from newer source (order ${order ?? "unknown"}) in commit ${commit}`
}

function raceLines({ tries, overtaken }: { tries: number; overtaken: string[] }): string[] {
  if (tries === 1) return []
  const winners =
    overtaken.length > 0 ? `; first came ${overtaken.map((commit) => commit.slice(0, 12)).join(", ")}` : ""
  return [`It took ${tries} pushes${winners}`]
}

function changeLine({ object, field, from, to }: BuildChange): string {
  return `  ${object} ${field.replace(/^\./, "")}: ${from ?? "nothing"} -> ${to ?? "nothing"}`
}
