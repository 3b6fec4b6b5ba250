/** https://docs.docker.com/reference/dockerfile/#here-documents: where one ends. `-` lets tabs stand before its end. */
export type Heredoc = { name: string; tabs: boolean }

const HEREDOC = /^\d*<<(-?)\s*([^<]+)$/
/** A character with all that belongs to it: an escape, a whole quotation, or "<<" with the blanks behind it. */
const PART = /\\[\s\S]?|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|<<-?[\t\r ]*|[\s\S]/g

/** Those that a line opens, in order. None in a line whose quotes are not closed, as BuildKit has it. */
export function heredocsOf(line: string): Heredoc[] {
  const words: string[] = [""]
  for (const [part] of line.matchAll(PART)) {
    if (part === "'" || part === '"') return []
    if (/^\s$/.test(part)) words.push("")
    else words[words.length - 1] += part
  }
  return words.flatMap((word) => {
    const [, dash, delimiter] = word.match(HEREDOC) ?? []
    const name = delimiter && unquote(delimiter)
    return name ? [{ name, tabs: dash === "-" }] : []
  })
}

export function endsHeredoc(line: string, { name, tabs }: Heredoc): boolean {
  const text = line.replace(/[\r\n]+$/, "")
  return (tabs ? text.replace(/^\t+/, "") : text) === name
}

/** Nothing if it is more than one word, or none. */
function unquote(word: string): string | undefined {
  let text = ""
  for (const [part] of word.matchAll(PART)) {
    if (/^\s/.test(part)) return undefined
    if (part.startsWith("\\")) text += part.slice(1)
    else if (/^["']/.test(part)) text += part.slice(1, -1).replace(part[0] === '"' ? /\\(["$\\])/g : /(?!)/, "$1")
    else text += part
  }
  return text || undefined
}
