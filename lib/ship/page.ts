import { html, type Markup } from "./markup.ts"
import { PAGE_STYLE } from "./page-style.ts"

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
