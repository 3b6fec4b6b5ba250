import type { Directory, File } from "@dagger.io/dagger"
import type { Severity } from "../enums.ts"

/** One scan of all platforms of an image. A field costs no further call. */
export type Scan = {
  /** Whether the gate passed */
  passed: boolean
  /** What trivy-scan prints */
  text: string
  /** Every finding that counts, whatever its severity, the highest risk first */
  findings: Finding[]
  /** SARIF 2.1.0 of all platforms */
  sarif: File
  /** All reports: findings.txt, findings.json, findings.sarif, gl-container-scanning-report.json, exceptions.openvex.json, and a folder for each platform */
  reports: Directory
}

/** One finding, and the platforms whose images have it. A text that the scanner does not give is empty. */
export type Finding = {
  /** CVE, or the scanner's own name for it */
  identifier: string
  /** vulnerability, secret, misconfiguration or license */
  kind: string
  severity: Severity
  /** The package that has it; for a secret or a misconfiguration, the file */
  packageName: string
  /** The version in the image */
  installed: string
  /** The versions without the finding; empty while there are none */
  fixed: string
  title: string
  url: string
  platforms: string[]
  /** Whether it fails the gate */
  failing: boolean
  /** Why it fails: its severity, known to be exploited, its EPSS, or what the policy says about its license; else empty */
  reason: string
  /** Whether it is known to be exploited (CISA's KEV), if the scan has that list */
  knownExploited: boolean
  /** Probability from 0 to 1 of an exploit in the next 30 days (FIRST's EPSS), such as 0.94; empty if the scan does not know it */
  epss: string
}
