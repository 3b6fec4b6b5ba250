import { expect, test } from "vitest"
import { parseLog } from "../../src/gitops/git-log.ts"

const [a, b] = ["a".repeat(40), "b".repeat(40)]
const digest = `sha256:${"0a".repeat(32)}`

test("reads commits newest first, each with what a bump said in it", () => {
  const stdout = `${a}\u001f1700000100\u001fAda\u001fBump\n\nSlipway-Bump: apps/web web ghcr.io/acme/web@${digest}\nSource-Order: 7\n\u001e\n${b}\u001f1700000000\u001fBob\u001fseed\n\u001e\n`
  const log = parseLog(stdout)
  expect(log.map(({ commit, time, author }) => ({ commit, time, author }))).toEqual([
    { commit: a, time: 1700000100, author: "Ada" },
    { commit: b, time: 1700000000, author: "Bob" },
  ])
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
  { name: "a field too many", text: `${a}\u001f1\u001fA\u001fm\u001fx\u001e` },
])("$name is an error, never an empty history", ({ text }) => {
  expect(() => parseLog(text)).toThrow("GIT_FAILED: expected commits in the format that git was asked for")
})
