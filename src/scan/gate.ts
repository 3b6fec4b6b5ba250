import type { MergedFinding } from "./finding.ts"
import { reaches, type Severity } from "./severity.ts"

/** What makes a scan fail. */
export type GateRules = { threshold: Severity; ignoreUnfixed: boolean; failOnEndOfLife: boolean }

/** A platform whose base gets no more fixes: its vulnerabilities are no longer even listed. */
export type EndOfLife = { platform: string; distribution: string }

export type Verdict = {
  passed: boolean
  failing: MergedFinding[]
  endOfLife: EndOfLife[]
}

/** Decides over what is left after exceptions and VEX. */
export function judge(findings: MergedFinding[], endOfLife: EndOfLife[], rules: GateRules): Verdict {
  const failing = findings.filter((finding) => counts(finding, rules))
  const ended = rules.failOnEndOfLife ? endOfLife : []
  return { passed: failing.length === 0 && ended.length === 0, failing, endOfLife: ended }
}

/** Only a vulnerability waits for someone else's fix; a leaked secret is never "unfixed". */
function counts({ kind, severity, fixed }: MergedFinding, { threshold, ignoreUnfixed }: GateRules): boolean {
  const unfixed = kind === "vulnerability" && fixed === ""
  return reaches(severity, threshold) && !(ignoreUnfixed && unfixed)
}
