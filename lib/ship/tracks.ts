import { html, type Markup } from "./markup.ts"
import type { Bar } from "./timeline.ts"

/** Bars over one stretch of time, and what is said beside them. */
export type Track = { name: Markup | string; bars: Bar[]; note: string }

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
