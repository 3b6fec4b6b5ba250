import { expect, test } from "vitest"
import { html } from "../../lib/ship/markup.ts"
import { renderDocument, section } from "../../lib/ship/page.ts"

const body = section("Image", html`<p>of ${"<app>"}</p>`)

test("a page says how a run ended, and of what, and escapes what is no markup", () => {
  const page = renderDocument({ ok: false, heading: "Not shipped", what: "<a>", body })
  expect(page).toMatch(/^<!doctype html>/)
  expect(page).toContain("<title>Not shipped &#60;a&#62;</title>")
  expect(page).toContain('<header class="failed">')
  expect(page).toContain("<section><h2>Image</h2><p>of &#60;app&#62;</p></section>")
})

test("it needs no other file, and no request", () => {
  const page = renderDocument({ ok: true, heading: "Shipped", what: "app", note: html`<p>note</p>`, body })
  expect(page).toContain("<p>note</p>")
  expect(page).not.toMatch(/<script|<link|src=|url\(/)
})
