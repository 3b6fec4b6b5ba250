import { SlipwayError } from "../error.ts"
import { type BumpTrailers, parseTrailers } from "./trailers.ts"

/** A commit of the GitOps repository, with what an earlier bump said in it. `time` is in Unix seconds. */
export type LoggedCommit = { commit: string; time: number; author: string; message: string; trailers: BumpTrailers }

/** A line ends where git ends it: a name may hold what JavaScript's dot takes for the end of a line, such as U+2028. */
const HEAD = /^([0-9a-f]{40,64}) ([0-9]+) (.*)$/s

/** Reads what `logArgs` asked for: a line for each commit, and its message below, each line after a space. */
export function parseLog(stdout: string): LoggedCommit[] {
  const commits: { head: RegExpMatchArray; lines: string[] }[] = []
  for (const line of stdout.split("\n")) {
    const head = line.match(HEAD)
    const last = commits.at(-1)
    if (head) commits.push({ head, lines: [] })
    else if (line.startsWith(" ") && last) last.lines.push(line.slice(1))
    else if (line !== "") throw notALog(line)
  }
  return commits.map(({ head: [, commit = "", time, author = ""], lines }) => {
    const message = lines.map((line) => `${line}\n`).join("")
    return { commit, time: Number(time), author, message, trailers: parseTrailers(message) }
  })
}

function notALog(line: string): SlipwayError {
  return new SlipwayError("GIT_FAILED", {
    expected: "commits in the format that git was asked for",
    got: `a line of ${line.length} characters that is none`,
    fix: "Use the official kustomize image, or another with git 2.34 or newer.",
  })
}
