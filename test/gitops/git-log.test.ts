import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { logArgs } from "../../lib/gitops/git-args.ts"
import { parseLog } from "../../lib/gitops/git-log.ts"

const [a, b] = ["a".repeat(40), "b".repeat(40)]
const digest = `sha256:${"0a".repeat(32)}`

test("reads commits newest first, each with what a bump said in it", () => {
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

test("no commits are an empty list", () => {
  expect(parseLog("")).toEqual([])
})

test.each([
  { name: "another program's output", text: "commit abc\nAuthor: x\n" },
  { name: "a message before any commit", text: ` hello\n${a} 1 Ada\n` },
])("$name is an error, never an empty history", ({ text }) => {
  expect(() => parseLog(text)).toThrow("GIT_FAILED: expected commits in the format that git was asked for")
})

const repository = mkdtempSync(join(tmpdir(), "slipway-log-"))
afterAll(() => rmSync(repository, { recursive: true }))

test("whatever a message holds, git's own log of it is read as it was written", () => {
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
  "an author's name may hold what JavaScript takes for the end of a line: %j",
  (end) => {
    const author = `A${end}da`
    expect(parseLog(`${a} 1700000100 ${author}\n Bump${end}it\n`)).toMatchObject([
      { author, message: `Bump${end}it\n` },
    ])
  },
)
