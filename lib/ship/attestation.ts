import { dag, type File } from "@dagger.io/dagger"
import { Scanner } from "../../src/enums.ts"
import type { BuildOptions } from "../build/docker-build.ts"
import type { CiRun } from "../config/ci.ts"
import type { ResolvedBase } from "../dockerfile/base-images.ts"
import { deferRejection } from "../engine/concurrency.ts"
import type { Tools } from "../engine/tool.ts"
import { type Digest, type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { exceptionsVex } from "../scan/formats.ts"
import type { ScanOutcome } from "../scan/scan-layout.ts"
import type { Attestation, AttestationSubject } from "../sign/attestation-lanes.ts"
import type { BuildFacts, Provenance } from "../sign/provenance.ts"
import { PREDICATE_TYPES, RELEASE_TYPES } from "../sign/verification.ts"
import type { ReleaseRecord } from "./record/record.ts"
import type { BuiltFacts } from "./record/release-record.ts"
import type { Stage } from "./stopwatch.ts"

const VEX = "exceptions.openvex.json"

/** The predicate type of each file that a scan writes. */
const PREDICATES: Record<string, string> = {
  "sbom.spdx.json": PREDICATE_TYPES.spdxjson,
  "sbom.cyclonedx.json": PREDICATE_TYPES.cyclonedx,
  "vuln.cosign.json": PREDICATE_TYPES.vuln,
  [VEX]: PREDICATE_TYPES.openvex,
}

/** The predicate types that every platform's image gets; Grype writes no SPDX. */
export function imageTypes(scanner: Scanner): string[] {
  const types = [PREDICATE_TYPES.cyclonedx, PREDICATE_TYPES.vuln]
  return scanner === Scanner.GRYPE ? types : [PREDICATE_TYPES.spdxjson, ...types]
}

export type ScannedPlatform = { digest: Digest; formats: Record<string, File> }

/** The scanned platforms with their files; only a scan with applied exceptions has a VEX document. */
export function scannedPlatforms(scan: ScanOutcome | undefined, name: string): ScannedPlatform[] {
  if (!scan?.exceptions.applied.length) return scan?.files ?? []
  const vex = dag.file(VEX, exceptionsVex(scan, { name, now: new Date() }))
  return scan.files.map(({ digest, formats }) => ({ digest, formats: { ...formats, [VEX]: vex } }))
}

/** `own` are the caller's attestations of the index. */
type ReleaseEvidence = {
  provenance: Provenance
  scanned: ScannedPlatform[]
  evidence: ReleaseRecord
  own?: Attestation[]
}

/** The attestations of a release: provenance and evidence of the index, SBOMs and vulnerability report of each platform. */
export function attestationSubjects(
  ref: DigestRef,
  { provenance, scanned, evidence, own = [] }: ReleaseEvidence,
): AttestationSubject[] {
  const { repository } = splitDigestRef(ref)
  const platforms = scanned.map((platform) => ({
    ref: digestRef(repository, platform.digest),
    attestations: platformAttestations(platform),
  }))
  const index = [
    { type: PREDICATE_TYPES.slsaprovenance1, predicate: dag.file("provenance.json", JSON.stringify(provenance)) },
    recordAttestation(RELEASE_TYPES.evidence, evidence),
    ...own,
  ]
  return [{ ref, attestations: index }, ...platforms]
}

/** A record as an attestation: a later run trusts it, because the same signer signed it. */
export function recordAttestation(type: string, record: ReleaseRecord): Attestation {
  return { type, predicate: dag.file("release.json", JSON.stringify(record)) }
}

/** Attests each file that has a predicate type; Grype writes fewer files than Trivy. */
export function platformAttestations(scanned?: ScannedPlatform): Attestation[] {
  return Object.entries(scanned?.formats ?? {}).flatMap(([name, predicate]) => {
    const type = PREDICATES[name]
    return type ? [{ type, predicate }] : []
  })
}

/** Starts the conversions that the attestations read, so that they run during the stages until then; attest reports a failure. */
export function startConversions({ files }: Pick<ScanOutcome, "files">): void {
  for (const { predicate } of files.flatMap(platformAttestations)) deferRejection(predicate.sync())
}

/** The builder of a run without a CI job, whose provenance must not claim a trusted builder. */
const UNKNOWN_BUILDER = "urn:slipway:builder:unattended"

type Input = {
  ci?: CiRun
  built: BuiltFacts & { bases: ResolvedBase[] }
  options: BuildOptions
  tools: Tools
  stages: Stage[]
}

/** The facts for the provenance of a release, without handles and secrets. */
export function buildFacts({ built, options, tools, stages, ci }: Input): BuildFacts {
  const { revision, content, bases } = built
  const build = stages.find(({ name }) => name === "build")
  const startedAt = new Date(build?.startedAt ?? 0)
  return {
    ...builderOf(ci),
    parameters: parametersOf(options),
    source: revision ? { url: revision.url, commit: revision.commit, dirty: revision.dirty } : {},
    baseImages: bases,
    tools: Object.entries(tools).map(([name, image]) => ({ name, image })),
    platforms: content.manifests.map(({ platform, digest }) => ({ platform, digest })),
    startedAt,
    finishedAt: new Date(startedAt.getTime() + (build?.seconds ?? 0) * 1000),
  }
}

/** Who builds: the CI job, or an unknown builder. */
export function builderOf(ci?: CiRun): Pick<BuildFacts, "builderId" | "invocationId"> {
  return { builderId: ci?.builderId ?? UNKNOWN_BUILDER, ...(ci?.url && { invocationId: ci.url }) }
}

/** The options that the caller set, by argument name; defaults are left out. */
export function parametersOf(options: BuildOptions): Record<string, unknown> {
  const { platforms, dockerfile, context, target, buildArgs, secretIds, labels, annotations } = options
  const { keepGitDir, reproducible } = options
  const lists = { platforms, buildArgs, secretIds, labels, annotations }
  const chosen = {
    ...{ dockerfile, context, target, keepGitDir, reproducible },
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list?.length)),
  }
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
}
