import { SlipwayError } from "../../error.ts"
import { type BumpTrailers, parseTrailers } from "../commit-message.ts"

/** A commit of the GitOps repository with its trailers. `time` is in Unix seconds. */
export type LoggedCommit = { commit: string; time: number; author: string; message: string; trailers: BumpTrailers }

/** The flag `s` is needed because a name may contain U+2028, which JavaScript's dot does not match otherwise. */
const HEAD = /^([0-9a-f]{40,64}) ([0-9]+) (.*)$/s

/** Reads the output of `logArgs`: a line for each commit, then its message with a space before each line. */
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
    expected: "git log to print commits in the requested format",
    got: `another line, of ${line.length} characters`,
    fix: "Set --kustomize-image to the official image, or to another with git 2.34 or newer.",
  })
}

/** The result of `git pull --ff-only`: whether the branch moved, and between which commits. */
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

/** The new commit, from the first line of `git commit`: `[main (root-commit) <hash>] <subject>`. */
export function parseCommit(stdout: string): string | undefined {
  return stdout.match(/^\[.*? ([0-9a-f]{40,64})\] /m)?.[1]
}

/** The result of one push. Without a line for the ref, the server sent no response. */
export type PushReport =
  | { status: "accepted"; from: string; to: string }
  | { status: "up-to-date" }
  | { status: "behind"; reason: string }
  | { status: "refused"; reason: string }
  | { status: "no-response" }

// https://git-scm.com/docs/git-push#_output: <flag> TAB <from>:<to> TAB <summary> [(<reason>)]
const LINE = /^([ +\-*!=])\t[^\t]*\t(.*)$/m

/**
 * Reads `git push --porcelain` of one ref. "behind" comes from git itself, which compares the server's refs before it
 * sends; "refused" is any other refusal, and the caller checks the ref to tell whether that was a race.
 */
export function parsePushReport(stdout: string): PushReport {
  const [, flag, summary = ""] = stdout.match(LINE) ?? []
  if (flag === undefined) return { status: "no-response" }
  if (flag === "=") return { status: "up-to-date" }
  if (flag !== "!") return { status: "accepted", ...range(summary) }
  return { status: summary.startsWith("[rejected]") ? "behind" : "refused", reason: reason(summary) }
}

/** Reads an atomic push of several refs: accepted if all are, else the first reason that is not another ref's failure. */
export function parsePushReports(stdout: string): PushReport {
  const lines = stdout.split("\n").filter((line) => LINE.test(line))
  const reports = lines.map(parsePushReport)
  const failed = reports.filter(({ status }) => status === "behind" || status === "refused")
  const own = failed.find((report) => "reason" in report && !/atomic push fail/.test(report.reason))
  const [first] = reports
  return own ?? failed[0] ?? first ?? { status: "no-response" }
}

function range(summary: string): { from: string; to: string } {
  const [, from = "", to = ""] = summary.match(/^([0-9a-f]+)\.{2,3}([0-9a-f]+)/) ?? []
  return { from, to }
}

function reason(summary: string): string {
  return summary.replace(/^\[[^\]]*\]\s*/, "").replace(/^\((.*)\)$/, "$1") || summary
}

/** The result of push-in-turn.sh: the last commit that it pushed, the number of pushes, and the commits that won. */
export type PushTurn = { commit?: string; tries: number; overtaken: string[]; report: PushReport }

/** Reads the output of push-in-turn.sh; without complete output, it counts as one try. */
export function parsePushTurn(stdout: string): PushTurn {
  const [, commit] = stdout.match(/^commit ([0-9a-f]{40,64})$/m) ?? []
  const [, tries = "1"] = stdout.match(/^tries ([0-9]+)$/m) ?? []
  const overtaken = [...stdout.matchAll(/^overtaken ([0-9a-f]{40,64})$/gm)].map(([, other]) => other ?? "")
  return { ...(commit && { commit }), tries: Number(tries), overtaken, report: parsePushReport(stdout) }
}
