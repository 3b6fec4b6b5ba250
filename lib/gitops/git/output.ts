import { SlipwayError } from "../../error.ts"
import { type BumpTrailers, parseTrailers } from "../commit-message.ts"

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

/** What `git pull --ff-only` found: whether the branch moved, and between which commits. */
export type PullOutcome =
  | { status: "same" }
  | { status: "moved"; from: string; to: string }
  | { status: "rewritten" }
  | { status: "failed" }

const MOVED = /^Updating ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})$/m

export function parsePull({
  exitCode,
  stdout,
  stderr,
}: {
  exitCode: number
  stdout: string
  stderr: string
}): PullOutcome {
  const [, from, to] = stdout.match(MOVED) ?? []
  if (exitCode === 0 && from && to) return { status: "moved", from, to }
  if (exitCode === 0) return { status: "same" }
  return /Not possible to fast-forward|unrelated histories|Diverging branches/.test(stderr)
    ? { status: "rewritten" }
    : { status: "failed" }
}

/** The commit that `git commit` made, from its first line: `[main (root-commit) <hash>] <subject>`. */
export function parseCommit(stdout: string): string | undefined {
  return stdout.match(/^\[.*? ([0-9a-f]{40,64})\] /m)?.[1]
}

/** What one push came to. Without a line of its own for the ref, the server never answered. */
export type PushReport =
  | { status: "accepted"; from: string; to: string }
  | { status: "up-to-date" }
  | { status: "behind"; reason: string }
  | { status: "refused"; reason: string }
  | { status: "unanswered" }

// https://git-scm.com/docs/git-push#_output: <flag> TAB <from>:<to> TAB <summary> [(<reason>)]
const LINE = /^([ +\-*!=])\t[^\t]*\t(.*)$/m

/**
 * Reads `git push --porcelain` of one ref. "behind" is what git itself saw before sending, from the server's list of
 * refs; "refused" is any other no, and whether that was a race is for the caller to see in the ref, not in the wording.
 */
export function parsePushReport(stdout: string): PushReport {
  const [, flag, summary = ""] = stdout.match(LINE) ?? []
  if (flag === undefined) return { status: "unanswered" }
  if (flag === "=") return { status: "up-to-date" }
  if (flag !== "!") return { status: "accepted", ...range(summary) }
  return { status: summary.startsWith("[rejected]") ? "behind" : "refused", reason: reason(summary) }
}

function range(summary: string): { from: string; to: string } {
  const [, from = "", to = ""] = summary.match(/^([0-9a-f]+)\.{2,3}([0-9a-f]+)/) ?? []
  return { from, to }
}

function reason(summary: string): string {
  return summary.replace(/^\[[^\]]*\]\s*/, "").replace(/^\((.*)\)$/, "$1") || summary
}

/** What became of a push in turn: the last commit that was tried, after how many pushes, and who came before. */
export type PushTurn = { commit?: string; tries: number; overtaken: string[]; report: PushReport }

/** Reads what the program of push-in-turn.sh printed; one that never came to its end was one try. */
export function parsePushTurn(stdout: string): PushTurn {
  const [, commit] = stdout.match(/^commit ([0-9a-f]{40,64})$/m) ?? []
  const [, tries = "1"] = stdout.match(/^tries ([0-9]+)$/m) ?? []
  const overtaken = [...stdout.matchAll(/^overtaken ([0-9a-f]{40,64})$/gm)].map(([, other]) => other ?? "")
  return { ...(commit && { commit }), tries: Number(tries), overtaken, report: parsePushReport(stdout) }
}
