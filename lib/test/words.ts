import { quote, SlipwayError } from "../error.ts"

// A run of plain characters, a quoted string, or an escaped character.
const PART = /[^\s"'\\|&;<>()`$]+|"((?:[^"\\$`]|\\.)*)"|'([^']*)'|\\(.)/y

/**
 * Splits a command line into words as a shell would, and refuses what only a shell could do: a "&&" that arrived as an
 * argument would be a test that silently did not run.
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  PART.lastIndex = 0
  for (let at = 0; at < line.length; at = PART.lastIndex) {
    const match = PART.exec(line)
    if (match) {
      const [text, double, single, escaped] = match
      word = (word ?? "") + (double?.replace(/\\(.)/g, "$1") ?? single ?? escaped ?? text)
    } else if (/\s/.test(line.charAt(at))) {
      if (word !== undefined) words.push(word)
      word = undefined
      PART.lastIndex = at + 1
    } else throw notWords(line, at)
  }
  return word === undefined ? words : [...words, word]
}

/** One word of such a line, quoted where it must be: a folder's name may hold blanks or brackets. */
export function quoteWord(word: string): string {
  return /^[\w.:@/=+,%-]+$/.test(word) ? word : `"${word.replace(/[\\"$`]/g, "\\$&")}"`
}

function notWords(line: string, at: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a command of plain words and quoted strings",
    got: `${quote(line)}, where ${quote(line.charAt(at))} at position ${at + 1} needs a shell or a closing quote`,
    fix: "Pass several commands instead of joining them, quote the character, or name a shell: bash -c '…'.",
  })
}
