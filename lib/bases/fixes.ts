import type { LayoutImage } from "../oci/layout.ts"
import type { DigestRef } from "../oci/reference.ts"
import { type PlatformReports, readAttestedReports } from "../scan/baseline/attested-reports.ts"
import { findingKey } from "../scan/baseline/comparison.ts"
import { purlKey, readPurls } from "../scan/baseline/packages.ts"
import { type MergedFinding, mergeFindings } from "../scan/finding.ts"
import { type ScanOptions, type ScanOutcome, scanImage } from "../scan/scan-layout.ts"
import type { VerifyOptions } from "../sign/statements.ts"
import type { ComparedBase } from "./compare.ts"
import { type BaseMove, isMoved } from "./moves.ts"

/** The release whose bases moved, and its signer. */
type FixesOptions = {
  ref: DigestRef
  scan: Omit<ScanOptions, "exceptions" | "baseline">
  signing: VerifyOptions & { craneImage: string; moment: string }
}

/**
 * Adds the findings that each moved base fixes: a scan of the base as the release used it and one of the newer base, both
 * with the present database, which also knows what was published after the release. A base that its registry has removed
 * cannot be compared, and gets none.
 */
export async function withFixes(compared: ComparedBase[], options: FixesOptions): Promise<BaseMove[]> {
  if (!compared.some(({ move }) => isMoved(move))) return compared.map(({ move }) => move)
  const reports = await readAttestedReports(options.ref, options.signing)
  return await Promise.all(compared.map((base) => withFixesOf(base, { ...options, reports })))
}

async function withFixesOf(
  { move, before, after }: ComparedBase,
  { scan, reports }: FixesOptions & { reports: PlatformReports[] },
): Promise<BaseMove> {
  if (!isMoved(move) || !before || !after) return move
  const [old, now] = await Promise.all([scanBase(before, scan), scanBase(after, scan)])
  return { ...move, fixes: fixedFindings({ before: old, after: now, contents: contentsOf(reports) }) }
}

/** Only vulnerabilities have fixes in a base; the gate of the release judges the rest. */
function scanBase(image: LayoutImage, { rules, ...scan }: FixesOptions["scan"]): Promise<ScanOutcome> {
  const { threshold, ignoreUnfixed, pkgTypes, maxDbAge } = rules
  const only = { threshold, ignoreUnfixed, pkgTypes, maxDbAge, scanners: ["vuln"], failOnEndOfLife: false }
  return scanImage(image, { ...scan, exceptions: undefined, rules: only })
}

/** The packages of each platform's release; a platform whose SBOM is unknown has no entry. */
export function contentsOf(reports: PlatformReports[]): Map<string, Set<string>> {
  return new Map(
    reports.flatMap(({ platform, sbom }) => (sbom ? [[platform, readPurls(JSON.stringify(sbom.document))]] : [])),
  )
}

type ScannedBase = Pick<ScanOutcome, "findings" | "suppressed"> & { platforms: { platform: string }[] }

/**
 * The findings of a base that the newer one does not have, if the release contains the package: a stage that only compiles
 * has packages that never reach an image. A finding without a package's address, or of an unknown release, counts.
 */
export function fixedFindings({
  before,
  after,
  contents,
}: {
  before: ScannedBase
  after: ScannedBase
  contents: Map<string, Set<string>>
}): MergedFinding[] {
  const remaining = [...after.findings, ...after.suppressed.map(({ finding }) => finding)]
  const fixed = after.platforms.map(({ platform }) => {
    const on = (findings: MergedFinding[]) => findings.filter((one) => one.platforms.includes(platform))
    const left = new Set(on(remaining).map(findingKey))
    const own = on(before.findings).filter((one) => isIn(contents.get(platform), one))
    return { platform, findings: own.filter((one) => !left.has(findingKey(one))) }
  })
  return mergeFindings(fixed)
}

function isIn(packages: Set<string> | undefined, { purl }: MergedFinding): boolean {
  return !packages || !purl || packages.has(purlKey(purl))
}
