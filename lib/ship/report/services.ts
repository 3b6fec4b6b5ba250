import { html, type Markup, renderDocument, renderTracks, section, table, timeline } from "../../report/page.ts"
import type { ReleaseRecord } from "../record/record.ts"
import type { ServiceRecord, ServiceStatus, ServicesRecord } from "../record/services-record.ts"
import { line, REHEARSAL, renderRelease } from "./release-text.ts"
import { renderSummary } from "./summary-markdown.ts"
import { notificationText } from "./trace-text.ts"

/** The folder of a service's reports in those of the run. */
export function serviceFolder(name: string): string {
  return `services/${name}`
}

const MEANINGS: Record<Exclude<ServiceStatus, "shipped">, string> = {
  prepared: "signed and tagged; ship without --prepare deploys it",
  finished: "already shipped by an earlier run of this commit",
  unchanged: "unchanged: its files are the same as in the deployed image, so it was not built",
  failed: "FAILED",
  held: "signed and tagged, but not deployed, because another service failed",
}

const NOT_BUILT = "not built, because another service cannot be built"

/** All services as text for a terminal, the failed ones last, where they are visible. */
export function renderServices(run: ServicesRecord): string {
  const all = Object.entries(run.services)
  const ordered = [
    ...all.filter(([, one]) => one.status !== "failed"),
    ...all.filter(([, one]) => one.status === "failed"),
  ]
  const shown = new Set<string>()
  const each = ordered.map(([name, service]) => `== ${name}: ${meaning(service)}\n${body(service, shown)}`)
  const told = run.notification ? [`${line("notified", notificationText(run.notification))}\n`] : []
  return [...(isRehearsal(run) ? [REHEARSAL.join("\n")] : []), ...each, ...told].join("\n")
}

function isRehearsal({ services }: ServicesRecord): boolean {
  return Object.values(services).some(isRehearsed)
}

function isRehearsed({ release }: ServiceRecord): boolean {
  return release?.mode === "rehearsal"
}

function outcome(service: ServiceRecord): string {
  return service.status === "shipped" && isRehearsed(service) ? "rehearsed" : service.status
}

function meaning(service: ServiceRecord): string {
  if (service.status === "held" && !service.release) return NOT_BUILT
  return service.status === "shipped" ? outcome(service) : MEANINGS[service.status]
}

function body({ status, deployed, release }: ServiceRecord, shown: Set<string>): string {
  if (!release) return deployed ? `deployed   ${deployed}\n` : ""
  return renderRelease(withDiffOnce(release, shown), { finished: status === "finished", alone: false })
}

/** Shows a commit's diff only with the first service that shares it. */
function withDiffOnce(release: ReleaseRecord, shown: Set<string>): ReleaseRecord {
  const { bump } = release
  if (!bump || !("diff" in bump)) return release
  const known = shown.has(bump.commit)
  shown.add(bump.commit)
  return known ? { ...release, bump: { ...bump, diff: "" } } : release
}

function runTitle(run: ServicesRecord): { heading: string; what: string } {
  const count = Object.keys(run.services).length
  const done = isRehearsal(run) ? "Rehearsed" : "Shipped"
  return { heading: run.ok ? done : "Not shipped", what: `${count} ${count === 1 ? "service" : "services"}` }
}

/** All services as one CI summary: a table of outcomes, and the folded summary of each. */
export function renderServicesSummary(run: ServicesRecord): string {
  const { ok, services } = run
  const rows = Object.entries(services).map(
    ([name, service]) => `| ${name} | ${outcome(service)} | \`${digestOf(service)}\` |`,
  )
  const details = Object.entries(services).flatMap(([name, { release }]) =>
    release ? [`<details><summary>${name}</summary>`, "", renderSummary(release), "</details>", ""] : [],
  )
  const { heading, what } = runTitle(run)
  const heads = ["| service | outcome | digest |", "| --- | --- | --- |"]
  return [`## ${ok ? "✅" : "❌"} ${heading}: ${what}`, "", ...heads, ...rows, "", ...details].join("\n")
}

function digestOf({ deployed, release }: ServiceRecord): string {
  return deployed ?? release?.published ?? release?.image?.digest ?? "none"
}

/** The page of the run: failures, the stages of each service over time, and links to each service's page. */
export function renderServicesPage(run: ServicesRecord): string {
  const { ok, services } = run
  const all = Object.entries(services)
  const { heading, what } = runTitle(run)
  const rows = all.map(([name, service]) => [
    service.release ? pageOf(name) : name,
    meaning(service),
    html`<code>${digestOf(service)}</code>`,
  ])
  return renderDocument({
    ...{ ok, heading, what, title: `${heading}: ${what}` },
    body: html`${failures(services)}
${section("Services", table(["service", "outcome", "digest"], rows))}
${stages(services)}`,
  })
}

function pageOf(name: string): Markup {
  return html`<a href="${serviceFolder(name)}/release.html">${name}</a>`
}

function failures(services: ServicesRecord["services"]): Markup {
  const failed = Object.entries(services).flatMap(([name, { release }]) => {
    const failure = release?.failure
    return failure
      ? section(`${name} failed in ${failure.stage}`, html`<pre class="failure">${failure.message}</pre>`)
      : []
  })
  return html`${failed}`
}

/** A track for each service with all its stages over the time of the run, and the time when its last stage ended. */
function stages(services: ServicesRecord["services"]): Markup | "" {
  const ran = Object.entries(services).flatMap(([name, { release }]) => {
    return (release?.stages ?? []).map((stage) => ({ service: name, stage }))
  })
  if (ran.length === 0) return ""
  const { bars, total } = timeline(ran.map(({ stage }) => stage))
  const tracks = [...new Set(ran.map(({ service }) => service))].map((service) => {
    const own = bars.filter((_, at) => ran[at]?.service === service)
    return { name: pageOf(service), bars: own, note: `${Math.max(...own.map(({ end }) => end)).toFixed(1)} s` }
  })
  return section(`Stages, ${total.toFixed(1)} s`, renderTracks(tracks))
}
