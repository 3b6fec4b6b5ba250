/** What the digests and commits of a page stand for in this run. */
export type Names = Map<string, string>

/** In pasted output: a digest or a commit, a digest's beginning, what was left out, a time, an age, a measure. */
const VARIABLE =
  /(?<hash>\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b|(?<=sha256:)[0-9a-f]{8}…)|(?<gap>…)|(?<time>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?<age>\(less than an hour old\)|\(\d+ \w+ old\))|(?<measure>\d+\.\d+(?= (?:s|MB)\b))/g

/**
 * What is wrong with pasted output, by what was printed: its lines must be there, one after the other, but for what a line
 * of `…` leaves out. A digest stands for the same one wherever it is pasted; `names` learns which.
 */
export function outputFaults(pasted: string, printed: string, names: Names = new Map()): string[] {
  const lines = printed.split("\n")
  let at = 0
  let anywhere = true
  for (const line of pasted.trimEnd().split("\n")) {
    if (line.trim() === "…") {
      anywhere = true
      continue
    }
    const { pattern, hashes } = patternOf(line)
    const rest = anywhere ? lines.slice(at) : lines.slice(at, at + 1)
    const found = rest.findIndex((candidate) => pattern.test(candidate))
    if (found < 0) return [`expected the line "${line}", got:\n${lines.slice(at).join("\n")}`]
    const actual = pattern.exec(rest[found] ?? "")?.slice(1) ?? []
    const moved = hashes.filter((hash, index) => (names.get(hash) ?? actual[index]) !== actual[index])
    if (moved.length > 0) return moved.map((hash) => `${hash} stands for two things, in the line "${line}"`)
    for (const [index, hash] of hashes.entries()) names.set(hash, actual[index] ?? "")
    at += found + 1
    anywhere = false
  }
  return []
}

/** A command with what its page's digests stand for. */
export function inThisRun(command: string, names: Names): string {
  return [...names].reduce((text, [pasted, actual]) => text.replaceAll(pasted, actual), command)
}

function patternOf(line: string): { pattern: RegExp; hashes: string[] } {
  const hashes: string[] = []
  let source = ""
  let end = 0
  for (const { 0: text, index, groups = {} } of line.matchAll(VARIABLE)) {
    source += escapeText(line.slice(end, index)) + variable(groups)
    if (groups["hash"]) hashes.push(text)
    end = index + text.length
  }
  return { pattern: new RegExp(`^${source}${escapeText(line.slice(end))}$`), hashes }
}

function variable({ hash, gap, time, age }: Record<string, string | undefined>): string {
  if (hash) return hash.length === 40 ? "([0-9a-f]{40})" : "([0-9a-f]{64})"
  if (gap) return ".*"
  if (time) return "\\S+"
  return age ? "\\(.* old\\)" : "[\\d.]+"
}

/** Blanks count as one: columns are as wide as what is in them. */
function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ +/g, " +")
}
