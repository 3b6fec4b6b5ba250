import { clause, SlipwayError } from "../../error.ts"
import type { BuildChange } from "../overlay/verdict.ts"

export type Checker = "kubeconform" | "misconfig" | "conftest" | "kyverno" | "admission"

/** A rule that an object of the manifests breaks. */
export type Violation = { check: Checker; resource: string; rule: string; message: string }

/** What the checks found. Only `added` fails; `present` was there before, and `resolved` is gone. */
export type CheckReport = {
  /** The checks that ran. */
  checks: Checker[]
  /** What was rendered, such as "kustomize build overlays/prod". */
  rendered: string[]
  objects: number
  added: Violation[]
  present: Violation[]
  resolved: Violation[]
  notes: string[]
}

/**
 * Compares by check, resource, rule and message. A message may contain the image, so an earlier one counts as the same with
 * the bump's own changes too. A rule that an object breaks more often than before is a new violation.
 */
export function compareViolations(
  { before, after }: { before: Violation[]; after: Violation[] },
  changes: ValueChange[],
): Pick<CheckReport, "added" | "present" | "resolved"> {
  const left = before.map((one) => ({ one, keys: [keyOf(one, []), keyOf(one, changes)] }))
  const added: Violation[] = []
  const present: Violation[] = []
  for (const one of after) {
    const at = left.findIndex(({ keys }) => keys.includes(keyOf(one, [])))
    if (at >= 0) left.splice(at, 1)
    const same = at >= 0 ? present : added
    same.push(one)
  }
  return { added, present, resolved: left.map(({ one }) => one) }
}

type ValueChange = Pick<BuildChange, "from" | "to">

/** Replaces the longest value first, so that a repository in a whole reference is not replaced alone. */
function keyOf({ check, resource, rule, message }: Violation, changes: ValueChange[]): string {
  const values = changes.filter(({ from, to }) => from && to).toSorted((a, b) => length(b) - length(a))
  const renamed = values.reduce((text, { from = "", to = "" }) => text.replaceAll(from, to), message)
  return JSON.stringify([check, resource, rule, renamed.replace(/sha256:[0-9a-f]{64}/g, "sha256:…")])
}

function length({ from = "" }: ValueChange): number {
  return from.length
}

const MOST_SHOWN = 10

/** Refuses a bump that adds a violation, before anything is committed. */
export function requireNoneAdded(report: CheckReport): void {
  const { added } = report
  if (added.length === 0) return
  const more = added.length > MOST_SHOWN ? `; and ${added.length - MOST_SHOWN} more` : ""
  const error = new SlipwayError("CHECK_FAILED", {
    expected: "manifests without a violation that this bump adds",
    got: `${added.length}: ${added.slice(0, MOST_SHOWN).map(violationText).join("; ")}${more}`,
    fix: `${[...new Set(added.map(({ check }) => FIX[check]))].join(" ")} Nothing was pushed.`,
  })
  throw Object.assign(error, { checks: report })
}

/** The report of the checks that refused a bump. */
export function refusedBy(error: unknown): CheckReport | undefined {
  if (!(error instanceof SlipwayError) || error.code !== "CHECK_FAILED") return undefined
  return (error as { checks?: CheckReport }).checks
}

const FIX: Record<Checker, string> = {
  kubeconform: "Correct the manifests: kubeconform's schemas refuse them (checks.kubeconform).",
  misconfig: "Correct the manifests, or accept the finding by a comment #trivy:ignore:ID (checks.misconfig).",
  conftest: "Correct the manifests, or change the team's policy (checks.conftest).",
  kyverno: "Correct the manifests, or change the team's policy (checks.kyverno).",
  admission:
    "Bump to a digest that this signer has signed, or write the policy again with signature admission-policies (checks.admission).",
}

export function violationText({ check, resource, rule, message }: Violation): string {
  return `${resource}: ${message.replace(/\s+/g, " ").trim().replace(/\.$/, "")} (${check} ${clause(rule)})`
}

/** The report as lines; none if nothing was checked. */
export function checkLines({ checks, rendered, objects, added, present, resolved, notes }: CheckReport): string[] {
  const what = `${objects} ${objects === 1 ? "object" : "objects"} of ${rendered.join(", ") || "no manifests"}`
  const by = checks.length ? checks.join(", ") : "none but rendering"
  return [
    `Checked ${what}: ${by}`,
    ...added.map((one) => `  new: ${violationText(one)}`),
    ...present.map((one) => `  there before: ${violationText(one)}`),
    ...resolved.map((one) => `  resolved: ${violationText(one)}`),
    ...notes.map((note) => `  note: ${note}`),
  ]
}
