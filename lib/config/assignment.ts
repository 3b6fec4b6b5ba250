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
