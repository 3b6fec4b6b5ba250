import type { ScannerFacts } from "./database.ts"

/** A predicate for `cosign attest --type vuln`: https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md */
export function renderCosignVuln(report: string, { scanner, now }: { scanner: ScannerFacts; now: Date }): string {
  const { uri, version, database } = scanner
  const time = now.toISOString()
  return JSON.stringify({
    invocation: { parameters: null, uri: "", event_id: "", "builder.id": "" },
    scanner: { uri, version, db: { uri: "", version: database?.updatedAt ?? "" }, result: JSON.parse(report) },
    metadata: { scanStartedOn: time, scanFinishedOn: time },
  })
}
