import { SlipwayError } from "../error.ts"
import { type BumpTrailers, parseTrailers } from "./trailers.ts"

/** A commit of the GitOps repository, with what an earlier bump said in it. `time` is in Unix seconds. */
export type LoggedCommit = { commit: string; time: number; author: string; message: string; trailers: BumpTrailers }

/** Reads what `logArgs` asked for. */
export function parseLog(stdout: string): LoggedCommit[] {
  return stdout
    .split("\u001e")
    .map((record) => record.replace(/^\n/, ""))
    .filter((record) => record !== "")
    .map(parseRecord)
}

function parseRecord(record: string): LoggedCommit {
  const [commit = "", time = "", author = "", message, ...more] = record.split("\u001f")
  if (!/^[0-9a-f]{40,64}$/.test(commit) || !/^[0-9]+$/.test(time) || message === undefined || more.length > 0) {
    throw new SlipwayError("GIT_FAILED", {
      expected: "commits in the format that git was asked for",
      got: `a record of ${record.length} characters that is none`,
      fix: "Use the official kustomize image, or another with git 2.34 or newer.",
    })
  }
  return { commit, time: Number(time), author, message, trailers: parseTrailers(message) }
}
