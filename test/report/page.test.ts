import { describe, expect, test } from "vitest"
import { html, renderDocument, renderTracks, section, table, timeline } from "../../lib/report/page.ts"
import type { StageRecord } from "../../lib/ship/record/record.ts"

describe("page", () => {
  const body = section("Image", html`<p>of ${"<app>"}</p>`)

  test("a page has a heading with the outcome, and escapes text", () => {
    const page = renderDocument({ ok: false, heading: "Not shipped", what: "<a>", body })
    expect(page).toMatch(/^<!doctype html>/)
    expect(page).toContain("<title>Not shipped &#60;a&#62;</title>")
    expect(page).toContain('<header class="failed">')
    expect(page).toContain("<section><h2>Image</h2><p>of &#60;app&#62;</p></section>")
  })

  test("a page refers to no other files", () => {
    const page = renderDocument({ ok: true, heading: "Shipped", what: "app", note: html`<p>note</p>`, body })
    expect(page).toContain("<p>note</p>")
    expect(page).not.toMatch(/<script|<link|src=|url\(/)
  })
})

describe("markup", () => {
  test.each([
    { name: "text", markup: html`<p>${"a"}</p>`, text: "<p>a</p>" },
    {
      name: "text with markup in it",
      markup: html`<p>${`<script>&"'`}</p>`,
      text: "<p>&#60;script&#62;&#38;&#34;&#39;</p>",
    },
    { name: "markup", markup: html`<p>${html`<b>${"<"}</b>`}</p>`, text: "<p><b>&#60;</b></p>" },
    { name: "a list of both", markup: html`${[html`<i></i>`, "<", 7]}`, text: "<i></i>&#60;7" },
    { name: "a backslash", markup: html`${"\\n"}`, text: "\\n" },
  ])("$name", ({ markup, text }) => expect(markup.text).toBe(text))

  test("renders a table of heads and rows", () => {
    expect(table(["a", "b"], [["<", html`<b>1</b>`]]).text).toBe(
      '<div class="wide"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>&#60;</td><td><b>1</b></td></tr></tbody></table></div>',
    )
  })
})

describe("timeline", () => {
  function stage(name: string, second: number, seconds: number, status: StageRecord["status"] = "done"): StageRecord {
    return { name, startedAt: new Date(second * 1000).toISOString(), seconds, status }
  }

  test("draws concurrent stages over the same time", () => {
    const { bars, total } = timeline([stage("test", 10, 10), stage("build", 10, 5), stage("scan", 15, 5)])
    expect(total).toBe(10)
    expect(bars.map(({ name, left, width }) => [name, left, width])).toEqual([
      ["test", 0, 100],
      ["build", 0, 50],
      ["scan", 50, 50],
    ])
  })

  test("keeps the duration of a stopped stage", () => {
    const { bars } = timeline([stage("build", 0, 10, "stopped"), stage("test", 0, 10, "failed")])
    expect(bars.map(({ left, width }) => [left, width])).toEqual([
      [0, 100],
      [0, 100],
    ])
  })

  test("keeps the shortest stage visible, also at the end", () => {
    const { bars } = timeline([stage("test", 0, 1000), stage("tag", 1000, 0)])
    expect(bars[1]).toMatchObject({ left: 99.6, width: expect.closeTo(0.4) })
  })

  test("is empty for a run without stages", () => {
    expect(timeline([])).toEqual({ bars: [], total: 0 })
  })
})

describe("tracks", () => {
  const bar = { name: "te<st", status: "failed" as const, seconds: 2.04, end: 2.04, left: 10, width: 33.333 }

  test("a bar has the position of its stage, the color of its outcome, and its name as a tooltip", () => {
    const { text } = renderTracks([{ name: "api", bars: [bar], note: "2.0 s" }])
    expect(text).toContain('<div class="bar failed" title="te&#60;st 2.0 s" style="left:10.00%;width:33.33%"></div>')
    expect(text).toContain('<span class="seconds">2.0 s</span>')
  })

  test("several bars share a track", () => {
    const { text } = renderTracks([{ name: "api", bars: [bar, { ...bar, left: 50 }], note: "" }])
    expect(text.match(/class="track"/g)).toHaveLength(1)
    expect(text.match(/class="bar failed"/g)).toHaveLength(2)
  })
})
