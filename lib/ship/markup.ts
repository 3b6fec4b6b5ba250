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
