/** A word of a line and its range: [start, end). `text` is without quotes and escapes. */
export type Word = { text: string; start: number; end: number }

const SPACE = /\s/

/**
 * The --name=value words at the start of an instruction, and the offset of the rest. Quotes and escapes work as in a shell,
 * without expansion: https://docs.docker.com/reference/dockerfile/
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

/** One word, unquoted. Unlike in a shell, the escape character works in both kinds of quotes. */
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

/** Splits the words of an ARG, and keeps quotes and escapes for the expansion of variables. */
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

/** The terminator of a heredoc, which <<- may indent by tabs: https://docs.docker.com/reference/dockerfile/#here-documents */
type Heredoc = { name: string; tabs: boolean }

const HEREDOC = /^\d*<<(-?)\s*([^<]+)$/
/** An escape, a quoted string, "<<" with the blanks after it, or one other character. */
const PART = /\\[\s\S]?|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|<<-?[\t\r ]*|[\s\S]/g

/** The heredocs that a line opens, in order. A line with an unclosed quote opens none, as in BuildKit. */
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

/** The word without quotes and escapes; undefined if it is empty, or more than one word. */
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
