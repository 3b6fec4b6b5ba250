/** A folded block of lines. */
export function details(summary: string, lines: string[]): string[] {
  return [`<details><summary>${summary}</summary>`, "", ...lines, "", "</details>"]
}

/** The fence is longer than any in the text, so that the text cannot close it. */
export function fenced(language: string, text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = "`".repeat(longest + 1)
  return [`${fence}${language}`, text, fence]
}

/** Text as code, on one line. */
export function code(text: string): string {
  return `\`${text.replace(/\s+/g, " ").replaceAll("`", "'")}\``
}

/** Escapes bars, which end a table's cell even in code. */
export function cell(text: string): string {
  return plain(text).replaceAll("|", "\\|")
}

/** Text without Markdown syntax, except for the autolinks, emoji and list markers of LINKS. */
const WORDS = /^[\p{L}\p{N} .,;:%=/()+-]*$/u
const LINKS = /:\/\/|www\.|\bGH-[0-9]|:[\w+-]+:|^ *(?:[-+]|[0-9]+[.)]) |^ *[-=]+$/i

/**
 * Text of packages, commits and servers must not become markup, such as a link, an image or a mention that notifies a person
 * or a team. Text that could become markup is shown as code.
 */
export function plain(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return WORDS.test(line) && !LINKS.test(line) ? line : code(line)
}

/** Keeps a web address as a link. */
export function link(url: string): string {
  return /^https?:\/\/[\w.:-]+(?:\/[\w./~%-]*)?$/.test(url) ? url : plain(url)
}
