import { expect, test } from "vitest"
import { parseCommit, parsePull } from "../../lib/gitops/git-output.ts"

// Captured from git 2.39.5 with core.abbrev=no.
const [from, to] = ["605858948b09886e77fcf5b202d04b411a051a10", "97b1cf20939ce949a0d338433a4d0dc48fe608ba"]

test.each([
  {
    name: "a branch that moved",
    answer: { exitCode: 0, stdout: `Updating ${from}..${to}\nFast-forward\n`, stderr: "" },
    pulled: { status: "moved", from, to },
  },
  {
    name: "a branch that did not",
    answer: { exitCode: 0, stdout: "Already up to date.\n", stderr: "" },
    pulled: { status: "same" },
  },
  {
    name: "a rewritten branch",
    answer: {
      exitCode: 128,
      stdout: "",
      stderr: "hint: Diverging branches can't be fast-forwarded\nfatal: Not possible to fast-forward, aborting.\n",
    },
    pulled: { status: "rewritten" },
  },
  {
    name: "a server that is gone",
    answer: { exitCode: 128, stdout: "", stderr: "fatal: unable to connect to git:\n" },
    pulled: { status: "failed" },
  },
])("reads a pull of $name", ({ answer, pulled }) => {
  expect(parsePull(answer)).toEqual(pulled)
})

test.each([
  { name: "a commit", stdout: `[main ${from}] Bump web\n 1 file changed\n`, commit: from },
  { name: "a root commit", stdout: `[main (root-commit) ${from}] seed\n`, commit: from },
  { name: "a detached head", stdout: `[detached HEAD ${from}] x\n`, commit: from },
  { name: "a subject like a hash", stdout: `[main ${from}] [x ${to}] y\n`, commit: from },
  { name: "nothing to commit", stdout: "On branch main\nnothing to commit\n", commit: undefined },
])("reads the hash of $name", ({ stdout, commit }) => {
  expect(parseCommit(stdout)).toBe(commit)
})
