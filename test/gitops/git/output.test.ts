import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { logArgs } from "../../../lib/gitops/git/args.ts"
import { parseCommit, parseLog, parsePull, parsePushReport, parsePushTurn } from "../../../lib/gitops/git/output.ts"

describe("git log", () => {
  const [a, b] = ["a".repeat(40), "b".repeat(40)]
  const digest = `sha256:${"0a".repeat(32)}`

  test("reads commits newest first, with their trailers", () => {
    const stdout = `${a} 1700000100 Ada\n Bump\n \n Slipway-Bump: apps/web web ghcr.io/acme/web@${digest}\n Source-Order: 7\n\n${b} 1700000000 Bob\n seed\n`
    const log = parseLog(stdout)
    expect(log.map(({ commit, time, author }) => ({ commit, time, author }))).toEqual([
      { commit: a, time: 1700000100, author: "Ada" },
      { commit: b, time: 1700000000, author: "Bob" },
    ])
    expect(log[0]?.message).toBe(`Bump\n\nSlipway-Bump: apps/web web ghcr.io/acme/web@${digest}\nSource-Order: 7\n`)
    expect(log[0]?.trailers).toEqual({
      kind: "bump",
      bumps: [{ path: "apps/web", image: "web", ref: `ghcr.io/acme/web@${digest}` }],
      source: { order: 7 },
    })
    expect(log[1]?.trailers.bumps).toEqual([])
  })

  test("reads an empty output as no commits", () => {
    expect(parseLog("")).toEqual([])
  })

  test.each([
    { name: "another program's output", text: "commit abc\nAuthor: x\n" },
    { name: "a message before any commit", text: ` hello\n${a} 1 Ada\n` },
  ])("refuses $name, instead of reading it as an empty history", ({ text }) => {
    expect(() => parseLog(text)).toThrow("GIT_FAILED: expected git log to print commits in the requested format")
  })

  const repository = mkdtempSync(join(tmpdir(), "slipway-log-"))
  afterAll(() => rmSync(repository, { recursive: true }))

  test("reads any message back from git's log unchanged", () => {
    const git = ([program = "", ...args]: string[], input = "") =>
      execFileSync(program, ["-C", repository, ...args], {
        input,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_AUTHOR_NAME: "A\u001fd a" },
      })
    const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    const messages = [
      "plain\n",
      "with separators \u001e and \u001f and\n\u001e\n",
      `${a} 1700000100 Eve\n\n Slipway-Bump: x\n`,
      "indented\n\n    code\n\tand a tab\n\nlast\n",
      "\u001e\n",
    ]
    git(["git", "init", "-q"])
    for (const message of messages)
      git(["git", ...who, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-"], message)
    const log = parseLog(git(logArgs([])))
    expect(log.map(({ message }) => message).reverse()).toEqual(messages)
    expect(log[0]?.author).toBe("A\u001fd a")
  })

  test.each(["\u2028", "\u2029", "\r", "\u0085"])(
    "reads an author's name with %j, a line terminator in JavaScript only",
    (end) => {
      const author = `A${end}da`
      expect(parseLog(`${a} 1700000100 ${author}\n Bump${end}it\n`)).toMatchObject([
        { author, message: `Bump${end}it\n` },
      ])
    },
  )
})

describe("git output", () => {
  // Captured from git 2.39.5 with core.abbrev=no.
  const [from, to] = ["605858948b09886e77fcf5b202d04b411a051a10", "97b1cf20939ce949a0d338433a4d0dc48fe608ba"]

  test.each([
    {
      name: "a branch that moved",
      result: { exitCode: 0, stdout: `Updating ${from}..${to}\nFast-forward\n`, stderr: "" },
      pulled: { status: "moved", from, to },
    },
    {
      name: "an unchanged branch",
      result: { exitCode: 0, stdout: "Already up to date.\n", stderr: "" },
      pulled: { status: "same" },
    },
    {
      name: "a rewritten branch",
      result: {
        exitCode: 128,
        stdout: "",
        stderr: "hint: Diverging branches can't be fast-forwarded\nfatal: Not possible to fast-forward, aborting.\n",
      },
      pulled: { status: "rewritten" },
    },
    {
      name: "an unreachable server",
      result: { exitCode: 128, stdout: "", stderr: "fatal: unable to connect to git:\n" },
      pulled: { status: "failed" },
    },
  ])("reads a pull of $name", ({ result, pulled }) => {
    expect(parsePull(result)).toEqual(pulled)
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
})

describe("push report", () => {
  // Captured from git 2.39.5 with core.abbrev=no.
  const head = "To git://git/deploy.git\n"
  const [from, to] = ["97b1cf20939ce949a0d338433a4d0dc48fe608ba", "936daf405d14ccf9d14551ea312d9e2de712a20f"]

  test.each([
    {
      name: "an accepted push",
      text: `${head} \tHEAD:refs/heads/main\t${from}..${to}\nDone\n`,
      report: { status: "accepted", from, to },
    },
    {
      name: "a new branch",
      text: `${head}*\tHEAD:refs/heads/x\t[new branch]\nDone\n`,
      report: { status: "accepted", from: "", to: "" },
    },
    {
      name: "an up-to-date branch",
      text: `${head}=\tHEAD:refs/heads/main\t[up to date]\nDone\n`,
      report: { status: "up-to-date" },
    },
    {
      name: "a tip that moved",
      text: `${head}!\tHEAD:refs/heads/main\t[rejected] (fetch first)\nDone\n`,
      report: { status: "behind", reason: "fetch first" },
    },
    {
      name: "a tip that git knows to have moved",
      text: `${head}!\tHEAD:refs/heads/main\t[rejected] (non-fast-forward)\nDone\n`,
      report: { status: "behind", reason: "non-fast-forward" },
    },
    {
      name: "a refusal by a hook",
      text: `${head}!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nDone\n`,
      report: { status: "refused", reason: "pre-receive hook declined" },
    },
    {
      name: "a full disk",
      text: `${head}!\tHEAD:refs/heads/main\t[remote rejected] (unpacker error)\nDone\n`,
      report: { status: "refused", reason: "unpacker error" },
    },
    {
      name: "a lost race in the server",
      text: `${head}!\tHEAD:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main': is at a but expected b)\nDone\n`,
      report: { status: "refused", reason: "cannot lock ref 'refs/heads/main': is at a but expected b" },
    },
    { name: "an empty output", text: "", report: { status: "no-response" } },
    { name: "a lost connection", text: head, report: { status: "no-response" } },
  ])("reads the report of $name", ({ text, report }) => {
    expect(parsePushReport(text)).toEqual(report)
  })
})

describe("push turn", () => {
  const [ours, first, second] = ["a", "b", "c"].map((digit) => digit.repeat(40))
  const head = "To git://git/deploy.git\n"

  test.each([
    {
      name: "the first push",
      stdout: `tries 1\ncommit ${ours}\n${head} \tHEAD:refs/heads/main\t1111111..2222222\nDone\n`,
      turn: { commit: ours, tries: 1, overtaken: [], report: { status: "accepted", from: "1111111", to: "2222222" } },
    },
    {
      name: "a push after two others",
      stdout: `overtaken ${first}\novertaken ${second}\ntries 3\ncommit ${ours}\n${head} \tHEAD:refs/heads/main\t1111111..2222222\nDone\n`,
      turn: {
        ...{ commit: ours, tries: 3, overtaken: [first, second] },
        report: { status: "accepted", from: "1111111", to: "2222222" },
      },
    },
    {
      name: "a refusal",
      stdout: `tries 1\ncommit ${ours}\n${head}!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)\n`,
      turn: {
        commit: ours,
        tries: 1,
        overtaken: [],
        report: { status: "refused", reason: "pre-receive hook declined" },
      },
    },
    { name: "an empty output", stdout: "", turn: { tries: 1, overtaken: [], report: { status: "no-response" } } },
  ])("reads the turn of $name", ({ stdout, turn }) => expect(parsePushTurn(stdout)).toEqual(turn))
})
