import { html, type Markup, table } from "./markup.ts"
import { renderDocument, section } from "./page.ts"
import type { ServicesRecord } from "./services-record.ts"
import { digestOf, meaning, runTitle, serviceFolder } from "./services-text.ts"
import { timeline } from "./timeline.ts"
import { renderTracks } from "./tracks.ts"

/** The page of the run: what failed, when each service was at what, and the way to its own page. */
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

/** A track for each service with all of its stages, over the time of the whole run, and when the last of them was over. */
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
