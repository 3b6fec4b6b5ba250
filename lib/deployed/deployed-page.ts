import { html, type Markup, renderDocument, section, table } from "../report/page.ts"
import {
  comparedText,
  count,
  countsText,
  environmentTexts,
  exceptionLines,
  headline,
  severityText,
} from "./deployed-text.ts"
import type { DeployedImageRecord, DeployedRecord } from "./record.ts"

/** The record as one page without other files, scripts or requests. */
export function renderDeployedPage(record: DeployedRecord): string {
  const { ok, images, startedAt, seconds } = record
  const rows = images.map(({ ref, verdict, counts, environments }, at) => [
    html`<a href="#image-${at}"><code>${ref}</code></a>`,
    verdict === "passed" ? verdict : html`<b>${verdict === "notScanned" ? "not scanned" : verdict}</b>`,
    ...[counts.new, counts.unchanged, counts.fixed],
    environments.map(({ branch, path }) => html`<div>${branch}: ${path}</div>`),
  ])
  const notes = exceptionLines(record).map((line) => html`<li>${line}</li>`)
  return renderDocument({
    ok,
    heading: ok ? "Nothing to do" : "Deployed images need attention",
    what: `${count(images.length, "deployed image")}, ${startedAt}, ${seconds.toFixed(1)} s`,
    note: html`<p>${headline(record)}</p>`,
    body: html`${section("Images", table(["image", "outcome", "new", "unchanged", "fixed since", "environments"], rows))}
${notes.length ? section("Exceptions", html`<ul class="warnings">${notes}</ul>`) : ""}
${images.map(imageSection)}`,
  })
}

function imageSection(image: DeployedImageRecord, at: number): Markup {
  const { ref, failure, findings, fixed, counts, platforms, unknown, excepted, warnings } = image
  const rows = findings.map(({ severity, id, package: name, installed, state, failing, fix, platforms: on }) => [
    html`<span class="severity ${severity.toLowerCase()}">${severity}</span>`,
    html`${id}${failing ? html` <b>fails</b>` : ""}`,
    ...[name, installed, state, fix.text, on.join(", ")],
  ])
  const fixes = fixed.map(({ severity, id, package: name, installed }) => [severity, id, name, installed])
  const places = environmentTexts(image, true).map((text) => html`<li>${text}</li>`)
  const notes = [...unknown, ...excepted, ...warnings].map((text) => html`<li>${text}</li>`)
  const found = platforms.map(({ platform, digest, distribution, findings: counted }) => {
    return [platform, html`<code>${digest}</code>`, distribution, severityText(counted)]
  })
  const body = failure
    ? html`<pre class="failure">${failure.message}</pre>`
    : html`<p>${comparedText(image)}: ${countsText(counts)}.</p>
${table(["platform", "digest", "distribution", "findings"], found)}
${notes.length ? html`<ul class="warnings">${notes}</ul>` : ""}
${rows.length ? table(["severity", "finding", "package", "installed", "state", "what fixes it", "platforms"], rows) : html`<p>Nothing found.</p>`}
${fixes.length ? table(["severity", "fixed since", "package", "installed"], fixes) : ""}`
  return html`<div id="image-${at}">${section(ref, html`<ul>${places}</ul>${body}`)}</div>`
}
