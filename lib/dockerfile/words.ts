/** A piece of a line and where it stands in it: [start, end). `text` is without the quotes and escapes around it. */
export type Word = { text: string; start: number; end: number }

const SPACE = /\s/

/**
 * The --name=value words that an instruction begins with, and where the rest does. Quotes and escapes mean here what they
 * mean in a shell, but nothing is expanded: https://docs.docker.com/reference/dockerfile/
 */
export function readFlags(line: string, { from, escapeChar }: { from: number; escapeChar: string }): [Word[], number] {
  const flags: Word[] = []
  let at = from
  for (;;) {
    while (at < line.length && SPACE.test(line[at] ?? "")) at++
    if (!line.startsWith("--", at)) return [flags, at]
    const word = readWord(line, { from: at, escapeChar })
    at = word.end
    if (word.text === "--") return [flags, at]
    flags.push({ ...word, text: word.text.slice(2) })
  }
}

/** One word, unquoted. Unlike in a shell the escape character escapes within both kinds of quotes. */
function readWord(line: string, { from, escapeChar }: { from: number; escapeChar: string }): Word {
  let text = ""
  let quote = ""
  let at = from
  for (; at < line.length; at++) {
    const char = line[at] ?? ""
    if (!quote && SPACE.test(char)) break
    if (char === quote) quote = ""
    else if (!quote && isQuote(char)) quote = char
    else if (char !== escapeChar) text += char
    else if (at + 1 < line.length) text += line[++at]
  }
  return { text, start: from, end: at }
}

/** Words with their quotes and escapes, as the parts of an ARG are: what they mean is for the expansion of variables. */
export function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = []
  let word = ""
  let quote = ""
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ""
    if (!quote && SPACE.test(char)) {
      if (word) words.push(word)
      word = ""
    } else if (char === escapeChar && quote !== "'") {
      if (at + 1 < text.length) word += char + text[++at]
    } else {
      if (char === quote) quote = ""
      else if (!quote && isQuote(char)) quote = char
      word += char
    }
  }
  return word ? [...words, word] : words
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'"
}

/** https://docs.docker.com/reference/dockerfile/#here-documents: where one ends. `-` lets tabs stand before its end. */
type Heredoc = { name: string; tabs: boolean }

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
