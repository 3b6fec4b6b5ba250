import { quote, SlipwayError } from "../error.ts"

/** Parses `NAME=value` lines, the form of build args, labels and annotations. A duplicate name is an error. */
export function parseAssignments(lines: string[], what: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const line of lines) {
    const [, name, value] = line.match(/^([A-Za-z_][\w./-]*)=([\s\S]*)$/) ?? []
    if (name === undefined || value === undefined) throw refuse(what, shown(line), found)
    if (name in found) throw refuse(what, `${name} twice`, {})
    found[name] = value
  }
  return found
}

/** A line without = after another one may be the rest of its value, because the command line splits lists at commas. */
function refuse(what: string, got: string, before: Record<string, string>): SlipwayError {
  const split = !got.includes("=") && Object.keys(before).length > 0
  const comma = split ? ` Put a value with a comma in double quotes: '"NAME=a,b"'.` : ""
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `each ${what} once, as NAME=value`,
    got,
    fix: `Write --${what.replace(" ", "-")}s=NAME=value; the value may be empty, but the name and the = are required.${comma}`,
  })
}

/** Shows only the text before the first "=", because the value may be a misplaced secret. */
function shown(line: string): string {
  return quote(line.includes("=") ? `${line.slice(0, line.indexOf("="))}=…` : line)
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names: neither can escape from its part of a path.
export const LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
export const OBJECT_NAME = `${LABEL}(?:\\.${LABEL})*`

const SHAPE = new RegExp(`^${OBJECT_NAME}$`)

/** Validates the name of a Kubernetes object; `what` names it in the error. */
export function parseObjectName(text: string, what: string): string {
  if (SHAPE.test(text) && text.length <= 253) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${what} as a Kubernetes object name: lower-case letters, digits, - and .`,
    got: quote(text),
    fix: "List the names with kubectl get.",
  })
}

/** The known word that is closest to a mistyped one; undefined if none is close. */
export function nearest(word: string, known: string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits)
  return best?.candidate
}

// https://en.wikipedia.org/wiki/Levenshtein_distance#Iterative_with_two_matrix_rows
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
