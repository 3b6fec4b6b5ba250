import { expect, test } from "vitest"
import { renderTracks } from "../../lib/ship/tracks.ts"

const bar = { name: "te<st", status: "failed" as const, seconds: 2.04, end: 2.04, left: 10, width: 33.333 }

test("a bar lies where its stage was, in the colour of how it ended, and has its name where a pointer rests", () => {
  const { text } = renderTracks([{ name: "api", bars: [bar], note: "2.0 s" }])
  expect(text).toContain('<div class="bar failed" title="te&#60;st 2.0 s" style="left:10.00%;width:33.33%"></div>')
  expect(text).toContain('<span class="seconds">2.0 s</span>')
})

test("several bars share a track", () => {
  const { text } = renderTracks([{ name: "api", bars: [bar, { ...bar, left: 50 }], note: "" }])
  expect(text.match(/class="track"/g)).toHaveLength(1)
  expect(text.match(/class="bar failed"/g)).toHaveLength(2)
})
