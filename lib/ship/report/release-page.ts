import { checkLines } from "../../gitops/checks/violations.ts"
import { unearnedText } from "../../publish/tag-state.ts"
import { html, type Markup, renderDocument, renderTracks, section, table, timeline } from "../../report/page.ts"
import { changeKind, findingCounts, lastScanText, packageCounts } from "../../scan/baseline/summary.ts"
import { predicateLabel } from "../../sign/verification.ts"
import { auditRows } from "../record/audit-record.ts"
import type { ReleaseRecord } from "../record/record.ts"
import { cacheLines, takenOverText } from "./cache-text.ts"
import { checksOf, findingRisk, syncText, tagsText } from "./release-text.ts"
import { deploymentText, notificationText } from "./trace-text.ts"

/** The record as one page without other files, scripts or requests, so that an artifact store can show it. */
export function renderPage(record: ReleaseRecord): string {
  const { mode, ok, image, published } = record
  const heading = ok ? (mode === "rehearsal" ? "Rehearsed" : "Shipped") : "Not shipped"
  const what = published ?? (image ? `${image.repository}@${image.digest}` : "")
  return renderDocument({
    ok,
    heading,
    what,
    note: mode === "rehearsal" ? html`<p>A rehearsal: nothing left the engine.</p>` : "",
    body: html`${failureSection(record)}
${timelineSection(record)}
${sourceSection(record)}
${imageSection(record)}
${findingsSection(record)}
${comparisonSection(record)}
${smokeSection(record)}
${trustSection(record)}
${chartSection(record)}
${checksSection(record)}
${bumpSection(record)}
${clusterSection(record)}
${replicaSection(record)}
${cacheSection(record)}
${traceSection(record)}
${auditSection(record)}
${toolsSection(record)}`,
  })
}

function failureSection({ failure }: ReleaseRecord): Markup | "" {
  return failure ? section(`Failed in ${failure.stage}`, html`<pre class="failure">${failure.message}</pre>`) : ""
}

function timelineSection({ stages }: ReleaseRecord): Markup {
  const { bars, total } = timeline(stages)
  const tracks = bars.map((bar) => {
    return {
      name: bar.name,
      bars: [bar],
      note: `${bar.seconds.toFixed(1)} s${bar.status === "stopped" ? ", stopped" : ""}`,
    }
  })
  return section(`Stages, ${total.toFixed(1)} s`, renderTracks(tracks))
}

function sourceSection({ source, tests, ci }: ReleaseRecord): Markup {
  const revision = source?.revision ?? "unknown, no git checkout"
  const { dirty = false, changes = [] } = source ?? {}
  const state = dirty ? ` with uncommitted changes${changes.length ? ` (${changes.join("; ")})` : ""}` : ""
  const runners =
    tests === undefined || tests.status === "skipped"
      ? html`<p>not tested</p>`
      : table(
          ["runner", "outcome", "passed", "seconds", "image"],
          tests.runners.map(({ name, status, tests: count, seconds, image }) => {
            return [name, status, count ?? "", seconds.toFixed(1), html`<code>${image}</code>`]
          }),
        )
  const where = [source?.url, source?.branch && `branch ${source.branch}`].filter(Boolean).join(", ")
  const job = ci?.url ? html`<p>Run <a href="${ci.url}">${ci.url}</a></p>` : ""
  const earlier = tests && "takenOver" in tests && tests.takenOver
  const taken = earlier ? html`<p>${takenOverText(earlier)}</p>` : ""
  return section("Source and tests", html`<p><code>${revision}</code>${state} ${where}</p>${job}${runners}${taken}`)
}

function imageSection({ image }: ReleaseRecord): Markup | "" {
  if (!image) return ""
  const rows = image.platforms.map(({ platform, digest, size, findings }) => {
    return [platform, html`<code>${digest}</code>`, `${(size / 1e6).toFixed(1)}\u00a0MB`, countsText(findings)]
  })
  const warnings = image.warnings.map((warning) => html`<li>${warning}</li>`)
  const list = warnings.length ? html`<ul class="warnings">${warnings}</ul>` : ""
  return section("Image", html`${table(["platform", "digest", "size", "findings"], rows)}${list}`)
}

function countsText(findings?: Record<string, number>): string {
  if (!findings) return "not scanned"
  const counted = Object.entries(findings).filter(([, count]) => count > 0)
  return counted.map(([severity, count]) => `${count} ${severity}`).join(", ") || "none"
}

function findingsSection({ scan }: ReleaseRecord): Markup | "" {
  if (!scan) return ""
  const { scanner, threshold, gate, findings, excepted, warnings, takenOver } = scan
  const database = scanner.database ? `, database of ${scanner.database.updatedAt}` : ""
  const risky = findings.some((finding) => findingRisk(finding))
  const lists = (scanner.givenLists ?? []).map((list) => `, ${list}`).join("")
  const gateNote = gate ? ` A finding ${gate} fails.` : ""
  const rows = findings.map((finding) => [
    html`<span class="severity ${finding.severity.toLowerCase()}">${finding.severity}</span>`,
    html`${finding.id}${finding.state === "new" ? " (new)" : ""}${finding.failing ? html` <b>fails</b>` : ""}`,
    ...[finding.package, finding.installed, finding.fixed || "no fix yet"],
    ...(risky ? [findingRisk(finding)] : []),
    finding.platforms.join(", "),
  ])
  const heads = ["severity", "finding", "package", "installed", "fixed in", ...(risky ? ["risk"] : []), "platforms"]
  const taken = takenOver ? [takenOverText(takenOver, "scanned")] : []
  const notes = [...taken, ...excepted, ...warnings].map((note) => html`<li>${note}</li>`)
  return section(
    `Findings (${scan.verdict})`,
    html`<p>Threshold ${threshold}, by ${scanner.name} ${scanner.version}${database}${lists}.${gateNote}</p>
${rows.length ? table(heads, rows) : html`<p>Nothing found.</p>`}${notes.length ? html`<ul>${notes}</ul>` : ""}`,
  )
}

/** What the image changes; nothing without a deployed image to compare with. */
function comparisonSection({ scan }: ReleaseRecord): Markup | "" {
  const { comparison } = scan ?? {}
  if (!comparison?.deployed) return ""
  const { deployed, unknown, fixed, packages } = comparison
  const fixes = fixed.map(({ severity, id, package: name, installed, platforms }) => {
    return [severity, id, name, installed, platforms.join(", ")]
  })
  const changes = (packages?.changes ?? []).map((change) => {
    const { type, name, from, to, platforms } = change
    return [changeKind(change), name, type, from.join(", "), to.join(", "), platforms.join(", ")]
  })
  const notes = unknown.map((reason) => html`<li>${reason}</li>`)
  return section(
    "Since the deployed image",
    html`<p>Compared with <code>${deployed}</code>, ${lastScanText(comparison)}.</p>
${notes.length ? html`<ul class="warnings">${notes}</ul>` : ""}<p>Findings: ${findingCounts(comparison)}.</p>
${fixes.length ? table(["severity", "fixed", "package", "installed", "platforms"], fixes) : ""}
<p>${packages ? `Packages: ${packageCounts(packages)}.` : "The packages are not compared, because there is no SBOM."}</p>
${changes.length ? table(["change", "package", "type", "deployed", "this image", "platforms"], changes) : ""}`,
  )
}

function smokeSection({ smoke }: ReleaseRecord): Markup | "" {
  if (!smoke) return ""
  if (smoke.status === "skipped") return section("Start of the image", html`<p>Not started: ${smoke.reason}.</p>`)
  const rows = smoke.platforms.map(({ platform, status, result, seconds }) => {
    return [platform, status, result, seconds.toFixed(1)]
  })
  return section("Start of the image", table(["platform", "outcome", "result", "seconds"], rows))
}

function trustSection({ signature, attestations = [], tags = [], unearned = [] }: ReleaseRecord): Markup | "" {
  if (!signature) return ""
  const rows = attestations.map(({ subject, type, status }) => {
    return [predicateLabel(type), html`<code>${subject}</code>`, status === "attested" ? "in this run" : "earlier"]
  })
  const checks = signature.checks.map((check) => html`<li>${check}</li>`)
  const tagList = [tagsText(tags), ...unearned.map(unearnedText)].join("; ")
  return section(
    "Signature and attestations",
    html`<p>Signed by ${signature.signer}. Tags: ${tagList}.</p>
${rows.length ? table(["attestation", "subject", "made"], rows) : ""}<ul class="checks">${checks}</ul>`,
  )
}

function chartSection({ chart }: ReleaseRecord): Markup | "" {
  if (!chart) return ""
  const checks = chart.checks.map((check) => html`<li>${check}</li>`)
  return section(
    "Helm chart",
    html`<p>${chart.name} ${chart.version}: <code>${chart.published}</code>, with <code>${chart.image}</code>.</p>
<ul class="checks">${checks}</ul>`,
  )
}

function checksSection(record: ReleaseRecord): Markup | "" {
  const checks = checksOf(record)
  return checks ? section("Checks of the manifests", html`<pre>${checkLines(checks).join("\n")}</pre>`) : ""
}

function bumpSection({ bump }: ReleaseRecord): Markup | "" {
  if (!bump) return ""
  if (bump.status === "skipped") return section("GitOps", html`<p>Not bumped: gitops.repo is not set.</p>`)
  if (bump.status === "pending") return section("GitOps", html`<p>Not bumped: left to ship without --prepare.</p>`)
  const diff =
    bump.status === "bumped" || bump.status === "requested" ? html`<pre class="diff">${diffLines(bump.diff)}</pre>` : ""
  const where = html`<code>${bump.path}</code> on <code>${bump.branch}</code> of ${bump.repo}`
  const request = bump.status === "requested" ? html` by <a href="${bump.request.url}">${bump.request.url}</a>` : ""
  return section("GitOps", html`<p>${bump.status}${request}: ${where}, commit <code>${bump.commit}</code></p>${diff}`)
}

function clusterSection({ sync }: ReleaseRecord): Markup | "" {
  if (!sync) return ""
  const rows = sync.resources.map(({ name, state, text }) => [html`<code>${name}</code>`, state, text])
  const { rollback } = sync
  const restored = rollback
    ? html`<p>Rolled back to <code>${rollback.ref}</code> by ${rollback.request ?? rollback.commit}.</p>`
    : ""
  const states = rows.length ? table(["resource", "state", "reason"], rows) : ""
  return section("Cluster", html`<p>The release: ${syncText(sync)}.</p>${states}${restored}`)
}

function replicaSection({ replicas }: ReleaseRecord): Markup | "" {
  if (!replicas) return ""
  const rows = replicas.map(({ repository, status, tags = [], message }) => {
    return [html`<code>${repository}</code>`, status, message ?? tagsText(tags)]
  })
  return section("Replicas", table(["repository", "outcome", "tags, or the error"], rows))
}

function cacheSection({ cache }: ReleaseRecord): Markup | "" {
  if (!cache) return ""
  return section(
    "Caches",
    table(
      ["caches"],
      cacheLines(cache).map((line) => [line]),
    ),
  )
}

function diffLines(diff: string): Markup[] {
  const kinds: Record<string, string> = { "+": "added", "-": "removed", "@": "hunk" }
  return diff
    .trimEnd()
    .split("\n")
    .map((line) => html`<span class="${kinds[line.charAt(0)] ?? ""}">${line}\n</span>`)
}

function traceSection({ deployment, notification }: ReleaseRecord): Markup | "" {
  const rows = [
    ...(deployment ? [["deployment", deploymentText(deployment)]] : []),
    ...(notification ? [["notified", notificationText(notification)]] : []),
  ]
  return rows.length ? section("Trace", table(["what", "outcome"], rows)) : ""
}

function auditSection({ audit, ci }: ReleaseRecord): Markup | "" {
  if (!audit) return ""
  const asked = ci?.actor ? html`<p>Asked by ${ci.actor}.</p>` : ""
  const secrets = auditRows(audit).map(([argument, to, stages]) => [html`<code>${argument}</code>`, to, stages])
  const hosts = audit.hosts.map(({ stage, hosts: all }) => [stage, all.join(", ")])
  return section(
    "Audit",
    html`${asked}${table(["secret", "given to", "in"], secrets)}${table(["stage", "configured hosts"], hosts)}`,
  )
}

function toolsSection({ tools }: ReleaseRecord): Markup {
  const rows = Object.entries(tools).map(([name, image]) => [name, html`<code>${image}</code>`])
  return section("Tools", table(["tool", "image"], rows))
}
