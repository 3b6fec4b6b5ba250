import { readText } from "../../config/file.ts"
import type { StageRecord } from "../record/record.ts"

type Page = { ok: boolean; heading: string; what: string; title?: string; note?: Markup | ""; body: Markup }

/** A page without any other file, script or request: how a run ended, and of what. */
export function renderDocument(page: Page): string {
  const { ok, heading, what, title = `${heading} ${what}`, note = "", body } = page
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${{ text: PAGE_STYLE }}</style>
</head>
<body>
<header class="${ok ? "ok" : "failed"}">
<h1>${heading}</h1>
<p class="ref">${what}</p>
${note}
</header>
<main>
${body}
</main>
</body>
</html>
`.text
}

export function section(title: string, body: Markup): Markup {
  return html`<section><h2>${title}</h2>${body}</section>`
}

/** The page's look: readable in light and dark, on a phone and on paper. */
const PAGE_STYLE = readText(new URL("./page.css", import.meta.url))

/** Text that is HTML already; everything else that is put into a page is escaped first. */
export type Markup = { readonly text: string }
type Part = Markup | string | number | Part[]

/** A template of HTML in which every value is text, unless it was made by this function. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return { text: String.raw({ raw: strings }, ...parts.map(render)) }
}

export function table(heads: string[], rows: Part[][]): Markup {
  const head = heads.map((text) => html`<th>${text}</th>`)
  const body = rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)
  return html`<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

function render(part: Part): string {
  if (Array.isArray(part)) return part.map(render).join("")
  return typeof part === "object" ? part.text : escapeText(String(part))
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

/**
 * A stage's place in a run, in percent of the whole: what ran side by side lies side by side. `end` is in seconds since
 * the run began.
 */
type Bar = {
  name: string
  status: StageRecord["status"]
  seconds: number
  end: number
  left: number
  width: number
}

/** Thinner than this a bar would not be seen. */
const THINNEST = 0.4

/** Where each stage lies in the run. `total` is in seconds. */
export function timeline(stages: StageRecord[]): { bars: Bar[]; total: number } {
  const starts = stages.map(({ startedAt }) => Date.parse(startedAt) / 1000)
  const begin = Math.min(...starts)
  const end = Math.max(...stages.map(({ seconds }, at) => (starts[at] ?? 0) + seconds))
  const total = stages.length ? end - begin : 0
  const percent = (seconds: number) => (total > 0 ? (seconds / total) * 100 : 0)
  const bars = stages.map(({ name, status, seconds }, at) => {
    const start = (starts[at] ?? 0) - begin
    const left = Math.min(percent(start), 100 - THINNEST)
    return {
      name,
      status,
      seconds,
      end: start + seconds,
      left,
      width: Math.min(100 - left, Math.max(THINNEST, percent(seconds))),
    }
  })
  return { bars, total }
}

/** Bars over one stretch of time, and what is said beside them. */
type Track = { name: Markup | string; bars: Bar[]; note: string }

/** Tracks below each other, over the same stretch of time. */
export function renderTracks(tracks: Track[]): Markup {
  const rows = tracks.map(
    ({ name, bars, note }) => html`<div class="stage">
<span>${name}</span>
<div class="track">${bars.map(renderBar)}</div>
<span class="seconds">${note}</span>
</div>`,
  )
  return html`${rows}`
}

/** A bar is named where a pointer rests on it: beside others in its track there is no room for a word. */
function renderBar({ name, status, seconds, left, width }: Bar): Markup {
  const place = `left:${left.toFixed(2)}%;width:${width.toFixed(2)}%`
  return html`<div class="bar ${status}" title="${name} ${seconds.toFixed(1)} s" style="${place}"></div>`
}
