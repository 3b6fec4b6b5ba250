import { mapConcurrently } from "../engine/concurrency.ts"
import { SlipwayError } from "../error.ts"
import { type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { type PlatformReports, predicatesOf, type Reading, readAny } from "../scan/baseline/attested-reports.ts"
import type { Baseline } from "../scan/baseline/comparison.ts"
import {
  latestReport,
  readVulnerabilityReport,
  type VulnerabilityReport,
} from "../scan/baseline/vulnerability-report.ts"
import type { Signer } from "../sign/signer.ts"
import { readAttestations } from "../sign/statements.ts"
import { type AttestedStatement, PREDICATE_TYPES, predicateLabel } from "../sign/verification.ts"
import type { DeployedImage, RegistryTools } from "./images.ts"

type Platform = Pick<PlatformReports, "platform" | "digest">
type ReportOptions = RegistryTools & { signer?: Signer | undefined }

/**
 * The image with the newest report that the signer attested for each platform: a release that changes no byte attests none,
 * so the newest may be old. A registry that does not respond is an error, because a missing report is a statement too.
 */
export async function readSignedReports(
  { refs }: Pick<DeployedImage, "refs">,
  platforms: Platform[],
  { signer, ...tools }: ReportOptions,
): Promise<Baseline> {
  if (!signer) return { kind: "none", reason: "no signer is named, so no report can be trusted" }
  const read = await mapConcurrently(platforms, async (platform): Promise<PlatformReports> => {
    const readings = await mapConcurrently(refs, (ref) => readReport(ref, platform, { ...tools, signer }))
    return { ...platform, ...newestReading(readings) }
  })
  return { kind: "image", ref: refs[0], platforms: read }
}

async function readReport(
  ref: DigestRef,
  { digest }: Platform,
  { signer, access, cosignImage, craneImage, run }: RegistryTools & { signer: Signer },
): Promise<Reading<VulnerabilityReport>> {
  const { repository } = splitDigestRef(ref)
  const [own, type] = [digestRef(repository, digest), PREDICATE_TYPES.vuln]
  const options = { signer, access: await access(repository), cosignImage, craneImage, run, type, moment: "deployed" }
  return reportOf(await readAttestations(own, options), own)
}

/** The newest report in the statements; one that cannot be read counts as none. */
export function reportOf(statements: AttestedStatement[], ref: DigestRef): Reading<VulnerabilityReport> {
  try {
    const value = latestReport(readAny(predicatesOf(statements, ref), readVulnerabilityReport))
    return value ? { value } : { fault: `no ${predicateLabel(PREDICATE_TYPES.vuln)} by the signer` }
  } catch (error) {
    if (error instanceof SlipwayError) return { fault: error.message }
    throw error
  }
}

/** The newest report of an image's repositories, else why there is none. */
export function newestReading(readings: Reading<VulnerabilityReport>[]): Pick<PlatformReports, "report" | "faults"> {
  const report = latestReport(readings.flatMap((reading) => ("value" in reading ? [reading.value] : [])))
  if (report) return { report, faults: [] }
  return { faults: [...new Set(readings.flatMap((reading) => ("fault" in reading ? [reading.fault] : [])))] }
}
