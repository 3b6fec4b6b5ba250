import type { Severity } from "../../src/enums.ts"
import { nearest } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import type { MergedFinding } from "./finding.ts"
import { reaches } from "./severity.ts"

export const PKG_TYPES = ["os", "library"]
export const SCANNERS = ["vuln", "secret", "misconfig", "license"]

/** What is looked at, and what makes a scan fail. `maxDbAge` is in hours, 0 for any age. */
export type GateRules = {
  threshold: Severity
  ignoreUnfixed: boolean
  failOnEndOfLife: boolean
  pkgTypes: string[]
  scanners: string[]
  maxDbAge: number
}

/** A platform whose base gets no more fixes: its vulnerabilities are no longer even listed. */
export type EndOfLife = { platform: string; distribution: string }

export type Verdict = { passed: boolean; failing: MergedFinding[]; endOfLife: EndOfLife[] }

/** Decides over what is left after exceptions and VEX. */
export function judge(findings: MergedFinding[], endOfLife: EndOfLife[], rules: GateRules): Verdict {
  const failing = findings.filter((finding) => counts(finding, rules))
  const ended = rules.failOnEndOfLife ? endOfLife : []
  return { passed: failing.length === 0 && ended.length === 0, failing, endOfLife: ended }
}

/** A gate with a mistyped rule would look at nothing, and pass. */
export function requireRules(rules: GateRules): GateRules {
  requireWords("pkgTypes", rules.pkgTypes, PKG_TYPES)
  requireWords("scanners", rules.scanners, SCANNERS)
  if (rules.maxDbAge >= 0) return rules
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "maxDbAge in hours, or 0 for any age",
    got: String(rules.maxDbAge),
    fix: "Give a number that is not negative.",
  })
}

/** Only a vulnerability waits for someone else's fix; a leaked secret is never "unfixed". */
function counts({ kind, severity, fixed }: MergedFinding, { threshold, ignoreUnfixed }: GateRules): boolean {
  const unfixed = kind === "vulnerability" && fixed === ""
  return reaches(severity, threshold) && !(ignoreUnfixed && unfixed)
}

function requireWords(option: string, words: string[], known: string[]): void {
  const wrong = words.find((word) => !known.includes(word))
  if (wrong === undefined && words.length > 0) return
  const guess = wrong && nearest(wrong, known)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${option} out of ${known.join(", ")}`,
    got: wrong === undefined ? "none" : quote(wrong),
    fix: guess ? `Did you mean ${guess}?` : "Name at least one of them.",
  })
}
