import type { Directory, File } from "@dagger.io/dagger"

/** One scan of everything that is deployed. A field costs no further call. */
export type DeployedScan = {
  /** Whether every image was scanned, and nothing fails */
  ok: boolean
  /** What scan-deployed prints */
  text: string
  /** The record of the run, deployed.json */
  record: File
  /** SARIF 2.1.0, with a run and a category for each image */
  sarif: File
  /** All reports: deployed.json, deployed.txt, summary.md, deployed.html, findings.sarif, gl-container-scanning-report.json */
  reports: Directory
}
