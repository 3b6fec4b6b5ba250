import { readText } from "../config/file.ts"

type Page = { ok: boolean; heading: string; what: string; title?: string; note?: Markup | ""; body: Markup }

/** A page without other files, scripts or requests. */
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

/** Styles for light and dark, small screens and paper. */
const PAGE_STYLE = readText(new URL("./page.css", import.meta.url))

/** Text that is already HTML; the page escapes everything else. */
export type Markup = { readonly text: string }
type Part = Markup | string | number | Part[]

/** An HTML template that escapes every value, except other markup of this function. */
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

/** A stage of a run, with its start as an ISO time. */
type Stage = { name: string; startedAt: string; seconds: number; status: "done" | "failed" | "stopped" }

/**
 * A stage's place in a run: `left` and `width` in percent of the run's duration, so concurrent stages overlap; `end` in
 * seconds since the run began.
 */
type Bar = {
  name: string
  status: Stage["status"]
  seconds: number
  end: number
  left: number
  width: number
}

/** The width in percent below which a bar would be invisible. */
const THINNEST = 0.4

/** The bars of all stages; `total` is in seconds. */
export function timeline(stages: Stage[]): { bars: Bar[]; total: number } {
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

/** A row of bars, with a label and a note. */
type Track = { name: Markup | string; bars: Bar[]; note: string }

/** Rows of bars over the same time. */
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

/** A bar has its name as a tooltip, because a track of several bars has no room for text. */
function renderBar({ name, status, seconds, left, width }: Bar): Markup {
  const place = `left:${left.toFixed(2)}%;width:${width.toFixed(2)}%`
  return html`<div class="bar ${status}" title="${name} ${seconds.toFixed(1)} s" style="${place}"></div>`
}
