import type { CiRun, TakenOver } from "../../config/ci.ts"
import type { Revision } from "../../config/revision.ts"
import type { SecretUse } from "../../engine/secret-use.ts"
import type { Tools } from "../../engine/tool.ts"
import { errorMessage, SlipwayError } from "../../error.ts"
import { refusedBy } from "../../gitops/checks/violations.ts"
import type { BumpOutcome } from "../../gitops/outcome.ts"
import type { LayoutContent } from "../../oci/layout.ts"
import type { DigestRef } from "../../oci/reference.ts"
import type { WrittenTag } from "../../publish/tag-state.ts"
import type { UnearnedTag } from "../../publish/tags.ts"
import type { Assessment } from "../../scan/assessment.ts"
import { summarise } from "../../scan/baseline/summary.ts"
import type { MergedFinding } from "../../scan/finding.ts"
import { type FindingRules, failureReason, gateText } from "../../scan/gate/failure-reason.ts"
import { suppressionText } from "../../scan/outcome.ts"
import type { AttestationOutcome } from "../../sign/attestation.ts"
import type { SmokeOutcome } from "../../smoke/outcome.ts"
import type { TestOutcome } from "../../test/outcome.ts"
import { endedStages, type Stage } from "../stopwatch.ts"
import { type AuditFacts, auditRecord, observed } from "./audit-record.ts"
import type { CacheRecord } from "./cache-record.ts"
import type {
  BumpRecord,
  ChartRecord,
  FailureRecord,
  ImageRecord,
  PreviewRecord,
  ReleaseRecord,
  ReplicaRecord,
  SignatureRecord,
  SmokeRecord,
  SourceRecord,
  SyncRecord,
  TestRecord,
} from "./record.ts"
import type { RefreshRecord } from "./refresh-record.ts"
import type { FindingRecord, ScanRecord } from "./scan-record.ts"
import type { DeploymentRecord } from "./trace-record.ts"

/** An image as in its layout; `sizes` are the bytes that a node pulls, by digest. */
export type BuiltFacts = {
  content: LayoutContent
  sizes: Map<string, number>
  warnings: string[]
  revision?: Revision
  bases?: { name: string }[]
}

/** A bump's place and outcome. */
export type BumpFacts = { outcome: BumpOutcome; place: BumpedPlace }

/** The facts of a run so far: each stage adds its outcome, also when it fails. */
export type RunFacts = {
  mode: ReleaseRecord["mode"]
  repository: string
  ci?: CiRun
  /** The evidence that an earlier run of this commit attested for its image. */
  adopted?: ReleaseRecord
  inputs?: string
  content?: string
  refresh?: RefreshRecord
  tests?: TestOutcome
  built?: BuiltFacts
  scan?: Assessment
  smoke?: SmokeOutcome
  ref?: DigestRef
  signature?: SignatureRecord
  attestations?: AttestationOutcome[]
  tags?: WrittenTag[]
  unearned?: UnearnedTag[]
  chart?: ChartRecord
  /** Pending: left to a run of ship without --prepare. */
  bump?: BumpFacts | "skipped" | "pending"
  preview?: PreviewRecord
  sync?: SyncRecord
  replicas?: ReplicaRecord[]
  /** The caches so far, which an export still changes. */
  cache?: () => CacheRecord | undefined
  deployment?: DeploymentRecord
  /** The secrets that the stages gave to tools. */
  secretUses?: SecretUse[]
}

type RunEnd = { stages: Stage[]; tools: Tools; audit?: AuditFacts; error?: unknown }

/** The record of a run so far; `failure` is what ended it. */
export function recordOf(
  { facts, stages, options: { tools, audit } }: RecordedRun,
  failure: { error?: unknown } = {},
): ReleaseRecord {
  return releaseRecord(facts, { stages, tools, ...(audit && { audit }), ...failure })
}

type RecordedRun = { facts: RunFacts; stages: Stage[]; options: { tools: Tools; audit?: AuditFacts } }

/** The record of a run, complete or not. */
export function releaseRecord(facts: RunFacts, ended: RunEnd): ReleaseRecord {
  const { mode, ci, adopted, inputs, content, tests, built, scan, smoke, ref, signature } = facts
  const { attestations, tags, unearned, chart, bump, preview, sync, replicas, cache, deployment } = facts
  const { stages, tools, audit } = ended
  const caches = cache?.()
  const failed = "error" in ended
  return {
    version: 1,
    ok: !failed,
    mode,
    ...(ci && { ci }),
    ...(failed && { failure: failureRecord(ended.error, stages) }),
    ...(inputs && { inputs }),
    ...(content && { content }),
    ...(facts.refresh && { refresh: facts.refresh }),
    ...(adopted && { ...adoptedFields(adopted), adopted: true }),
    ...(built && { source: sourceRecord(built.revision) }),
    ...(tests && { tests: testRecord(tests) }),
    ...(built && { image: imageRecord(built, { repository: facts.repository, scan }) }),
    ...(scan && { scan: scanRecord(scan) }),
    ...(smoke && { smoke: smokeRecord(smoke) }),
    ...(ref && { published: ref }),
    ...(signature && { signature }),
    ...(attestations && {
      attestations: attestations.map(({ ref: subject, type, status }) => ({ subject, type, status })),
    }),
    ...(tags && { tags }),
    ...(unearned?.length && { unearned }),
    ...(chart && { chart }),
    ...(bump && { bump: typeof bump === "string" ? { status: bump } : bumpRecord(bump.outcome, bump.place) }),
    ...(preview && { preview }),
    ...(sync && { sync }),
    ...(replicas && { replicas }),
    ...(caches && { cache: caches }),
    ...(deployment && { deployment }),
    ...(audit && { audit: auditRecord(observed(audit, facts), stages) }),
    // copies, because a stage that still runs must not change the record of an ended run
    stages: endedStages(stages),
    tools: { ...tools },
  }
}

/** The fields that an adopted image keeps from the earlier run. */
function adoptedFields({ source, tests, image, scan, smoke, published }: ReleaseRecord): Partial<ReleaseRecord> {
  return {
    ...(source && { source }),
    ...(tests && { tests }),
    ...(image && { image }),
    ...(scan && { scan }),
    ...(smoke && { smoke }),
    ...(published && { published }),
  }
}

/** The part of the revision that is meaningful without the checkout. */
export function sourceRecord(revision?: Revision): SourceRecord {
  if (!revision) return {}
  const { commit, branch, dirty, changes, url } = revision
  return { revision: commit, dirty, ...(changes && { changes }), ...(branch && { branch }), ...(url && { url }) }
}

export function testRecord(outcome: TestOutcome): TestRecord {
  if (outcome.status === "skipped") return { status: "skipped" }
  return {
    status: outcome.status,
    runners: outcome.runners.map(({ name, image, status, seconds, counts }) => ({
      name,
      image,
      status,
      seconds,
      ...(counts && { tests: counts.passed }),
    })),
    ...(outcome.takenOver && { takenOver: outcome.takenOver }),
  }
}

export function smokeRecord(outcome: SmokeOutcome): SmokeRecord {
  if (outcome.status === "skipped") return outcome
  const platforms = outcome.platforms.map(({ platform, status, result, exitCode, seconds }) => {
    return { platform, status, result, ...(exitCode !== undefined && { exitCode }), seconds }
  })
  return { status: outcome.status, platforms }
}

type BuiltContent = { content: LayoutContent; sizes: Map<string, number>; warnings: string[] }

export function imageRecord(
  { content, sizes, warnings }: BuiltContent,
  { repository, scan }: { repository: string; scan?: Assessment },
): ImageRecord {
  const platforms = content.manifests.map(({ platform, digest }) => {
    const scanned = scan?.platforms.find((outcome) => outcome.digest === digest)
    return { platform, digest, size: sizes.get(digest) ?? 0, ...(scanned && { findings: { ...scanned.findings } }) }
  })
  return { repository, digest: content.digest, platforms, warnings }
}

type Scanned = Assessment & { takenOver?: TakenOver }

export function scanRecord({ scanner, rules, findings, failing, comparison, ...scan }: Scanned): ScanRecord {
  const { name, version, database, givenLists } = scanner
  const gate = gateText(rules)
  return {
    verdict: scan.verdict,
    scanner: { name, version, ...(database && { database }), ...(givenLists?.length && { givenLists }) },
    threshold: rules.threshold,
    ...(gate !== gateText({ threshold: rules.threshold, ignoreUnfixed: false }) && { gate }),
    ...(rules.onlyNew && { onlyNew: true }),
    findings: findings.map((finding) => ({
      ...findingRecord(finding, failing.includes(finding) ? rules : undefined),
      ...(comparison && { state: comparison.unchanged.includes(finding) ? ("unchanged" as const) : ("new" as const) }),
    })),
    ...(comparison && { comparison: summarise(comparison, findings) }),
    excepted: scan.suppressed.map(suppressionText),
    warnings: scan.warnings,
    ...(scan.takenOver && { takenOver: scan.takenOver }),
  }
}

/** `rules` are those of a finding that fails. */
function findingRecord(finding: MergedFinding, rules?: FindingRules): FindingRecord {
  const { id, kind, severity, package: name, installed, fixed, platforms, kev, epss } = finding
  const reason = rules && failureReason(finding, rules)
  return {
    ...{ id, severity, package: name, installed, fixed, platforms, failing: rules !== undefined },
    ...(kind !== "vulnerability" && { kind }),
    ...(reason && reason !== severity && { reason }),
    ...(kev && { kev }),
    ...(epss !== undefined && { epss }),
  }
}

/** Where a bump goes (the overlay, or the file with its edits), and what it writes in addition to the digest. */
export type BumpedPlace = {
  repo: string
  branch: string
  path: string
  imageName?: string
  edits?: string[]
  tag?: string
  kustomizeOptions?: string[]
  charts?: string[]
}

export function bumpRecord(outcome: BumpOutcome, place: BumpedPlace): BumpRecord {
  const { commit } = outcome
  const checks = "checks" in outcome && outcome.checks ? { checks: outcome.checks } : {}
  if (outcome.status === "requested") {
    const { url, branch, merge } = outcome.request
    return { status: "requested", ...place, commit, diff: outcome.diff, ...checks, request: { url, branch, merge } }
  }
  if (outcome.status !== "bumped") return { status: outcome.status, ...place, commit }
  const { diff, tries, rendered } = outcome
  return { status: "bumped", ...place, commit, diff, tries, ...checks, ...(rendered && { rendered }) }
}

/** Limits a failure message, because a report is not a build log. */
const LONGEST = 8000
const LONGEST_HEAD = 1000
const TAIL_LINES = 60

/** Why a run ended: the stage that failed first, with its error and the end of the output. */
export function failureRecord(error: unknown, stages: Stage[]): FailureRecord {
  const stage = stages.find(({ status }) => status === "failed")?.name ?? "ship"
  const code = error instanceof SlipwayError ? { code: error.code } : {}
  const checks = refusedBy(error)
  const message = shorten([messageOf(error), ...outputOf(error)].join("\n"))
  return { stage, ...code, message, ...(checks && { checks }) }
}

/** Keeps the first line, which names the failure, and the end, which has the reason; omits output between them. */
function shorten(text: string): string {
  if (text.length <= LONGEST) return text
  const [head = ""] = text.split("\n", 1)
  const first = head.slice(0, LONGEST_HEAD)
  const left = text.length - first.length - LONGEST
  return left <= 0 ? text : `${first}\n(${left} characters omitted)\n${text.slice(-LONGEST)}`
}

/** An error's message without the engine's identifiers that precede the reason. */
export function messageOf(error: unknown): string {
  return errorMessage(error)
    .replace(/(?:failed to load \w+ from converted ID: )?load \w+@[\w+/=-]{40,}: /g, "")
    .replace(/(?:load xxh3:\w+: |inputs: )+/g, "")
}

/** A failed command's output, which the engine attaches to the error: "exit code: 1" alone gives no reason. */
function outputOf(error: unknown): string[] {
  const { stdout, stderr } = (error ?? {}) as { stdout?: unknown; stderr?: unknown }
  return [stdout, stderr].flatMap((text) => (typeof text === "string" && text.trim() ? [tail(text)] : []))
}

function tail(text: string): string {
  return text.trimEnd().split("\n").slice(-TAIL_LINES).join("\n").slice(-LONGEST)
}
