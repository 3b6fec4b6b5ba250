import { mapConcurrently } from "../../engine/concurrency.ts"
import { SlipwayError } from "../../error.ts"
import { parseImageIndex, readEntries } from "../../oci/manifest.ts"
import { type Digest, type DigestRef, digestRef, splitDigestRef } from "../../oci/reference.ts"
import { readImage, readPlatform } from "../../sign/image.ts"
import { releaseRefusal } from "../../sign/refusal.ts"
import { readAttestations, type VerifyOptions } from "../../sign/statements.ts"
import { type AttestedStatement, PREDICATE_TYPES, predicateLabel } from "../../sign/verification.ts"
import { type Package, readCycloneDx } from "./packages.ts"
import { latestReport, readVulnerabilityReport, type VulnerabilityReport } from "./vulnerability-report.ts"

/** What the signer attested about one platform's image. `faults` says why a report is missing. */
export type PlatformReports = {
  platform: string
  digest: Digest
  report?: VulnerabilityReport
  sbom?: AttestedSbom
  faults: string[]
}

/** A CycloneDX SBOM, and the packages in it. */
export type AttestedSbom = { document: unknown; packages: Package[] }

/** `moment` tells this query from others about the same digest in one run. */
type ReportOptions = VerifyOptions & { craneImage: string; moment: string }

/**
 * Reads the signed vulnerability report and SBOM of every platform of an image in its registry. Only statements of the
 * signer count. A platform without them, or whose statements could not be read, has faults; an index that cannot be read
 * is an error.
 */
export async function readAttestedReports(ref: DigestRef, options: ReportOptions): Promise<PlatformReports[]> {
  const { images, faults } = readEntries(parseImageIndex(await readImage(ref, options), ref))
  if (faults.length > 0) throw releaseRefusal(ref, faults)
  const { repository } = splitDigestRef(ref)
  return await mapConcurrently(images, async (entry) => {
    const own = digestRef(repository, entry.digest)
    const [{ platform, faults }, report, sbom] = await Promise.all([
      readPlatform(own, entry, options),
      readLatest(own, { ...options, type: PREDICATE_TYPES.vuln, parse: readVulnerabilityReports }),
      readLatest(own, { ...options, type: PREDICATE_TYPES.cyclonedx, parse: readSboms }),
    ])
    return platformReports({ platform, digest: entry.digest }, { report, sbom, faults })
  })
}

/** A value, or why there is none. */
export type Reading<Value> = { value: Value } | { fault: string }

type Readings = { report: Reading<VulnerabilityReport>; sbom: Reading<AttestedSbom>; faults: string[] }

function platformReports(
  image: { platform: string; digest: Digest },
  { report, sbom, faults }: Readings,
): PlatformReports {
  return {
    ...image,
    ...("value" in report && { report: report.value }),
    ...("value" in sbom && { sbom: sbom.value }),
    faults: [...faults, ...[report, sbom].flatMap((reading) => ("fault" in reading ? [reading.fault] : []))],
  }
}

type LatestQuery<Value> = ReportOptions & { type: string; parse: (predicates: unknown[]) => Value | undefined }

/** A registry that does not respond is a fault too: nothing is known about the image then. */
async function readLatest<Value>(ref: DigestRef, query: LatestQuery<Value>): Promise<Reading<Value>> {
  const { type, parse, ...options } = query
  try {
    const value = parse(predicatesOf(await readAttestations(ref, { ...options, type }), ref))
    return value === undefined ? { fault: `no ${predicateLabel(type)} by the signer` } : { value }
  } catch (error) {
    if (error instanceof SlipwayError) return { fault: error.message }
    throw error
  }
}

/** The predicates about this digest, in the order of the registry. */
export function predicatesOf(statements: AttestedStatement[], ref: DigestRef): unknown[] {
  const sha256 = splitDigestRef(ref).digest.replace("sha256:", "")
  return statements.filter(({ subjects }) => subjects.some((one) => one.sha256 === sha256)).map((one) => one.predicate)
}

function readVulnerabilityReports(predicates: unknown[]): VulnerabilityReport | undefined {
  return latestReport(readAny(predicates, readVulnerabilityReport))
}

/** All SBOMs describe the same bytes, so any of them does. */
function readSboms(predicates: unknown[]): AttestedSbom | undefined {
  return readAny(predicates, (document) => ({ document, packages: readCycloneDx(JSON.stringify(document) ?? "") })).at(
    -1,
  )
}

/** Leaves out what cannot be read, unless nothing can. */
export function readAny<Value>(predicates: unknown[], read: (predicate: unknown) => Value): Value[] {
  const values: Value[] = []
  let unreadable: SlipwayError | undefined
  for (const predicate of predicates) {
    try {
      values.push(read(predicate))
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error
      unreadable ??= error
    }
  }
  if (unreadable && values.length === 0) throw unreadable
  return values
}
