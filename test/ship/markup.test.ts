import { expect, test } from "vitest"
import { html, table } from "../../lib/ship/markup.ts"

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

test("a table of heads and rows", () => {
  expect(table(["a", "b"], [["<", html`<b>1</b>`]]).text).toBe(
    '<div class="wide"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>&#60;</td><td><b>1</b></td></tr></tbody></table></div>',
  )
})
