import type { Severity } from "../../../src/enums.ts"
import { type Finding, reaches } from "../finding.ts"
import { type LicensePolicy, licenseRefusal } from "./license-policy.ts"

/** What fails a finding. A licence policy replaces the severities that the scanner gives to licences. */
export type FindingRules = {
  threshold: Severity
  /** Ignores vulnerabilities without a fix, except those that kev or epss fails. */
  ignoreUnfixed: boolean
  /** Whether a known exploit fails a vulnerability of any severity. */
  kev?: boolean
  /** The probability of exploitation that fails a vulnerability of any severity. */
  epss?: number
  licenses?: LicensePolicy
}

/** Why a finding fails the gate; undefined for one that does not. */
export function failureReason(finding: Finding, rules: FindingRules): string | undefined {
  const { kind, severity, fixed, kev, epss = 0 } = finding
  if (kind === "license" && rules.licenses) return licenseRefusal(finding.id, rules.licenses)
  if (rules.kev && kev) return "known to be exploited"
  if (rules.epss !== undefined && epss >= rules.epss) return `EPSS ${epss}`
  // only a vulnerability can lack a fixed version; a secret is never "unfixed"
  const unfixed = kind === "vulnerability" && fixed === ""
  return reaches(severity, rules.threshold) && !(rules.ignoreUnfixed && unfixed) ? severity : undefined
}

/** What fails the gate, after "no finding". */
export function gateText({ threshold, kev, epss, licenses }: FindingRules): string {
  const parts = [
    `at or above ${threshold}`,
    ...(kev ? ["known to be exploited"] : []),
    ...(epss === undefined ? [] : [`with an EPSS of ${epss} or more`]),
    ...(licenses ? ["with a licence outside of the policy"] : []),
  ]
  const last = parts.pop()
  return parts.length ? `${parts.join(", ")} or ${last}` : `${last}`
}
