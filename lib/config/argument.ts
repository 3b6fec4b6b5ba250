import { quote, SlipwayError } from "../error.ts"

/** Reads `NAME=value` lines, as build args, labels and annotations are given. A name given twice is a mistake. */
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

/** What has no = and comes after one that has may be the rest of its value: the command line splits lists at commas. */
function refuse(what: string, got: string, before: Record<string, string>): SlipwayError {
  const split = !got.includes("=") && Object.keys(before).length > 0
  const comma = split ? ` A comma splits: '"NAME=a,b"', in double quotes of its own, is one value.` : ""
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `each ${what} once, as NAME=value`,
    got,
    fix: `Write --${what.replace(" ", "-")}s=NAME=value; the value may be empty, the name and the = may not be left out.${comma}`,
  })
}

/** Only what stands before the first "=": the rest may be a secret that was given in the wrong place. */
function shown(line: string): string {
  return quote(line.includes("=") ? `${line.slice(0, line.indexOf("="))}=…` : line)
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names: neither can leave its place in a path.
export const LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
export const OBJECT_NAME = `${LABEL}(?:\\.${LABEL})*`

const SHAPE = new RegExp(`^${OBJECT_NAME}$`)

/** A name that the API server takes for an object; `what` names it in the error. */
export function parseObjectName(text: string, what: string): string {
  if (SHAPE.test(text) && text.length <= 253) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${what} as Kubernetes names objects: small letters, digits, - and .`,
    got: quote(text),
    fix: "kubectl get shows the names that there are.",
  })
}

/** The known word that a mistyped one was probably meant to be; nothing if none is close. */
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
