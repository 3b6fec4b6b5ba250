import { checkLines } from "../../gitops/checks/violations.ts"
import { duration } from "../../gitops/deployment-history-text.ts"
import { renderedLine } from "../../gitops/outcome.ts"
import { tagChangeText, unearnedText } from "../../publish/tag-state.ts"
import { comparisonLines } from "../../scan/baseline/summary.ts"
import { scannerText } from "../../scan/outcome.ts"
import { predicateLabel } from "../../sign/verification.ts"
import { smokeLines } from "../../smoke/outcome.ts"
import { stateLine } from "../../sync/wait-for-sync.ts"
import type { CheckRecord } from "../record/check-record.ts"
import type {
  AttestationRecord,
  BumpRecord,
  ChartRecord,
  FailureRecord,
  ImageRecord,
  PlatformRecord,
  PreviewRecord,
  ReleaseRecord,
  ReplicaRecord,
  SourceRecord,
  SyncRecord,
  TagRecord,
  TestRecord,
} from "../record/record.ts"
import type { FindingRecord, ScanRecord } from "../record/scan-record.ts"
import { cacheLines, takenOverText } from "./cache-text.ts"
import { idleLines, refreshLines } from "./refresh-text.ts"
import { auditLines, deploymentText, notificationText } from "./trace-text.ts"

export const REHEARSAL = [
  "REHEARSAL: nothing left this engine. It used a temporary registry, signing key and git repository.",
  "To deliver, set repository and gitops in slipway.yaml, and pass a signer, such as --cosign-key.",
  "",
]

const FINISHED = [
  "ALREADY SHIPPED: an earlier run shipped this commit. Its release was verified again, and nothing else was done.",
  "Pass --force to ship it again.",
  "",
]

const ADOPTED = [
  "CONTINUED: an earlier run of this commit built and signed this image. It was verified, and not built again.",
  "",
]

/** The record as text for a terminal; a stage that was not reached has no line. */
export function renderRelease(record: ReleaseRecord, { finished = false, alone = true } = {}): string {
  const {
    ci,
    refresh,
    source,
    tests,
    image,
    scan,
    smoke,
    signature,
    attestations,
    tags,
    unearned = [],
    chart,
    bump,
    preview,
    sync,
    replicas,
    cache,
    deployment,
    notification,
    audit,
  } = record
  const checks = checksOf(record)
  return [
    ...(refresh ? idleLines(refresh) : []),
    ...(finished && refresh?.status !== "nothing" ? FINISHED : []),
    ...(alone && record.mode === "rehearsal" ? REHEARSAL : []),
    ...(record.adopted ? ADOPTED : []),
    ...(source ? block("source", sourceLines(source)) : []),
    ...(ci?.url ? [line("run", ci.url)] : []),
    ...(refresh ? block("bases", refreshLines(refresh)) : []),
    ...(tests ? block("tests", testLines(tests)) : []),
    ...(image ? imageLines(image) : []),
    ...(scan ? block("scan", scanLines(scan)) : []),
    ...(scan?.comparison ? block("compared", comparisonLines(scan.comparison)) : []),
    ...(smoke ? block("smoke", smokeLines(smoke)) : []),
    ...(signature ? [line("signed by", signature.signer)] : []),
    ...(attestations ? block("attested", attestationLines(attestations)) : []),
    ...(signature ? block("verified", signature.checks) : []),
    ...(tags ? block("tags", [tagsText(tags), ...unearned.map(unearnedText)]) : []),
    ...(chart ? block("chart", chartLines(chart)) : []),
    ...(checks ? block("checks", checkLines(checks)) : []),
    ...(bump ? block("gitops", bumpLines(bump)) : []),
    ...(preview ? block("preview", [previewText(preview)]) : []),
    ...(sync ? block("cluster", syncLines(sync)) : []),
    ...(replicas ? block("replicas", replicas.map(replicaText)) : []),
    ...(cache ? block("caches", cacheLines(cache)) : []),
    ...(deployment ? [line("deployment", deploymentText(deployment))] : []),
    ...(notification ? [line("notified", notificationText(notification))] : []),
    ...(audit ? block("audit", auditLines(record)) : []),
    line("time", record.stages.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(" · ")),
    ...(record.failure ? block("FAILED", failureLines(record.failure)) : []),
    "",
  ].join("\n")
}

function imageLines({ repository, digest, platforms, warnings }: ImageRecord): string[] {
  return [
    line("image", `${repository}@${digest}`),
    ...platforms.map((platform) => line("", platformLine(platform))),
    ...warnings.map((warning) => line("warning", warning)),
  ]
}

/** One line for each digest, with all its attestations. */
function attestationLines(attestations: AttestationRecord[]): string[] {
  const subjects = [...new Set(attestations.map(({ subject }) => subject))]
  return subjects.map((subject) => {
    const types = attestations.filter((attestation) => attestation.subject === subject).map(({ type }) => type)
    return `${types.map(predicateLabel).join(", ")} of ${subject.slice(subject.indexOf("@") + 1)}`
  })
}

export function tagsText(tags: TagRecord[]): string {
  return tags.map((tag) => `${tag.name} (${tagChangeText(tag)})`).join(", ") || "none"
}

/** The chart with its version, and what was verified of it. */
export function chartLines({ name, version, appVersion, published, checks, change }: ChartRecord): string[] {
  const app = appVersion ? ` of ${appVersion}` : ""
  return [`${name} ${version}${app}${change ? ` (${change})` : ""}`, published, ...checks]
}

/** A replica in one line; the failure of the run has the error. */
export function replicaText({ repository, status, tags = [] }: ReplicaRecord): string {
  if (status === "failed") return `${repository}: failed`
  const done = status === "copied" ? "copied and verified" : "verified, nothing was missing"
  return `${repository}: ${done}${tags.length ? `, tags ${tagsText(tags)}` : ""}`
}

function failureLines({ stage, message }: FailureRecord): string[] {
  return [`in ${stage}`, ...message.split("\n")]
}

/** The revision, and the uncommitted changes, which decide about tags and resuming. */
export function sourceLines(source: SourceRecord): string[] {
  const { changes = [] } = source
  return [sourceText(source), ...(changes.length ? [changes.join("; "), CHANGES_ADVICE] : [])]
}

const CHANGES_ADVICE =
  "Commit them, or list files that are not part of the source in .gitignore. Your global ignore file has no effect here."

function sourceText({ revision, branch, dirty, url }: SourceRecord): string {
  if (!revision) return "no git checkout: revision unknown"
  const state = dirty ? ", with uncommitted changes" : ""
  return `${revision}${branch ? ` on ${branch}` : ""}${url ? ` of ${url}` : ""}${state}`
}

function testLines(tests: TestRecord): string[] {
  if (tests.status === "skipped") return ["not tested"]
  const runners = tests.runners.map(({ name, image, status, tests: count, seconds }) => {
    const outcome = status === "passed" && count !== undefined ? `${count} passed` : status
    return `${name} ${outcome} in ${seconds.toFixed(1)} s (${image})`
  })
  return [...runners, ...(tests.takenOver ? [takenOverText(tests.takenOver)] : [])]
}

export function platformLine({ platform, digest, size, findings }: PlatformRecord): string {
  return `${platform.padEnd(12)} ${digest}  ${megabytes(size)}${findings ? `  ${findingsText(findings)}` : ""}`
}

function findingsText(findings: Record<string, number>): string {
  const counted = Object.entries(findings).filter(([, count]) => count > 0)
  return counted.length ? counted.map(([severity, count]) => `${count} ${severity}`).join(", ") : "no findings"
}

function scanLines({ scanner, threshold, gate, findings, onlyNew, ...scan }: ScanRecord): string[] {
  const { length } = findings.filter((finding) => finding.failing)
  const kind = onlyNew ? "new " : ""
  const found = length ? `${length} ${kind}${length === 1 ? "finding" : "findings"}` : `nothing ${kind}`.trimEnd()
  const risks = findings.flatMap((finding) => (hasRisk(finding) ? [riskLine(finding)] : []))
  const more = risks.length > MOST_RISKS ? [`… and ${risks.length - MOST_RISKS} more`] : []
  const head = `${found} ${gate ?? `at or above ${threshold}`} by ${scannerText(scanner)}`
  const taken = scan.takenOver ? [takenOverText(scan.takenOver, "scanned")] : []
  return [head, ...taken, ...risks.slice(0, MOST_RISKS), ...more, ...scan.excepted, ...scan.warnings]
}

/** Lines of findings in a terminal; the gate's error and the reports have all of them. */
const MOST_RISKS = 10

/** A known exploit, and a finding that fails by more than its severity: a count does not show them. */
function hasRisk({ kev, reason }: FindingRecord): boolean {
  return kev === true || reason !== undefined
}

function riskLine({ id, severity, package: name, installed, ...finding }: FindingRecord): string {
  return `${severity} ${id} in ${[name, installed].filter(Boolean).join(" ")}: ${findingRisk(finding)}`
}

/** What is known about a finding besides its severity. */
export function findingRisk({ kev, epss, reason, kind }: Partial<FindingRecord>): string {
  return [
    ...(kev ? ["known exploit"] : []),
    ...(epss === undefined ? [] : [`EPSS ${epss}`]),
    ...(kind === "license" && reason ? [reason] : []),
  ].join(", ")
}

/** What the checks of the manifests found, also where they refused the bump. */
export function checksOf({ bump, failure }: Pick<ReleaseRecord, "bump" | "failure">): CheckRecord | undefined {
  return bump && "checks" in bump ? bump.checks : failure?.checks
}

function bumpLines(bump: BumpRecord): string[] {
  switch (bump.status) {
    case "skipped":
      return ["not bumped: gitops.repo is not set"]
    case "pending":
      return ["not bumped: left to ship without --prepare"]
    case "unchanged":
      return [`already at this digest since ${bump.commit}: ${place(bump)}`]
    case "superseded":
      return [`not bumped, ${bump.commit} deploys a newer source commit: ${place(bump)}`]
    case "requested":
      return [`${bump.request.url} ${mergeText(bump.request.merge)}: ${place(bump)}`, ...diffLines(bump.diff)]
    case "bumped":
      return [
        `${bump.commit}${bump.tries > 1 ? ` after ${bump.tries} tries` : ""}: ${place(bump)}`,
        ...(bump.rendered ? [renderedLine(bump.rendered)] : []),
        ...diffLines(bump.diff),
      ]
  }
}

/** The preview in one line: its request, address and comment. */
export function previewText(preview: PreviewRecord): string {
  if (preview.status === "rehearsed") return `only rehearsed: ${preview.reason}`
  const { number, url, superseded, comment } = preview
  const request = `of request ${number}${url ? ` at ${url}` : ""}`
  if (superseded) return `${request}: not deployed, ${superseded}`
  if (!comment) return request
  if (comment.status === "failed") return `${request}; the comment failed: ${comment.message}`
  return `${request}; comment ${comment.status}${comment.url ? `: ${comment.url}` : ""}`
}

function syncLines(sync: SyncRecord): string[] {
  const { resources, rollback } = sync
  const restored = rollback && `rolled back to ${rollback.ref} by ${rollback.request ?? rollback.commit}`
  return [syncText(sync), ...resources.map(stateLine), ...(restored ? [restored] : [])]
}

/** The result of the wait in one line. */
export function syncText({ status, seconds, commitToLive }: Omit<SyncRecord, "resources">): string {
  const after = `after ${duration(seconds)}`
  switch (status) {
    case "live":
      return `live ${after}${commitToLive === undefined ? "" : `, ${duration(commitToLive)} after the source commit`}`
    case "failed":
      return `failed ${after}`
    case "blocked":
      return `unknown ${after}: the cluster did not tell`
    case "late":
      return `not live ${after}`
    case "skipped":
      return "not waited for: a newer release holds the place"
  }
}

/** The state of a request, after its address. */
export function mergeText(merge: "manual" | "waiting" | "merged"): string {
  if (merge === "manual") return "is open"
  return merge === "merged" ? "is merged" : "is open and will be merged when its checks pass"
}

function place({ path, branch, repo }: { path: string; branch: string; repo: string }): string {
  return `${path} on ${branch} of ${repo}`
}

function diffLines(diff: string): string[] {
  return diff ? diff.trimEnd().split("\n") : []
}

/** Lines with the label before the first. */
export function block(label: string, lines: string[]): string[] {
  return lines.map((text, at) => line(at ? "" : label, text))
}

export function line(label: string, text: string): string {
  return `${label.padEnd(10)} ${text}`.trimEnd()
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
