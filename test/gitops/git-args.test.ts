import { describe, expect, test } from "vitest"
import {
  cloneArgs,
  commitArgs,
  deepenArgs,
  diffArgs,
  findWordsArgs,
  grepDigestsArgs,
  logArgs,
  pullArgs,
  pushArgs,
  pushInTurnArgs,
} from "../../lib/gitops/git-args.ts"
import { parseGitBranch } from "../../lib/gitops/git-branch.ts"

const main = parseGitBranch("main")
const author = { name: "Ada", email: "ada@example.com", signOff: false }

/** What follows git's settings. */
function command(args: string[]): string[] {
  return args.slice(args.lastIndexOf("-c") + 2)
}

describe("every call", () => {
  const all = [
    cloneArgs("https://git/a.git", main),
    pullArgs(main),
    commitArgs(["a"], { author, signing: [] }),
    pushArgs("main"),
    deepenArgs(main, 7),
    logArgs([]),
    diffArgs(["a"]),
  ]
  test.each(all)("%# is git's, runs no hook and never repacks behind our back", (...args) => {
    expect(args[0]).toBe("git")
    expect(args).toContain("core.hooksPath=/dev/null")
    expect(args).toContain("gc.auto=0")
  })
  test.each(all)("%# forces nothing", (...args) => {
    expect(args.filter((arg) => /force|^\+|mirror|^-f$/.test(arg))).toEqual([])
  })
})

test("clones the tip of one branch; the address cannot be taken for an option", () => {
  expect(command(cloneArgs("https://git/a.git", main))).toEqual([
    ...["clone", "--quiet", "--depth=1", "--single-branch", "--no-tags", "--template=", "--branch=main"],
    ...["--", "https://git/a.git", "/slipway/checkout"],
  ])
})

test("pulls forward only", () => {
  expect(command(pullArgs(main))).toEqual([
    "pull",
    "--ff-only",
    "--no-tags",
    "--no-rebase",
    "origin",
    "refs/heads/main",
  ])
})

test("commits the edited files alone", () => {
  const args = commitArgs(["apps/web/kustomization.yaml"], { author, signing: [] })
  expect(args).toContain("user.name=Ada")
  expect(args).toContain("user.email=ada@example.com")
  expect(command(args)).toEqual([
    ...["commit", "--no-gpg-sign", "--cleanup=whitespace", "--file=/slipway/message"],
    ...["--only", "--", "apps/web/kustomization.yaml"],
  ])
})

test("signs when there is a key", () => {
  const args = commitArgs(["a"], { author, signing: ["gpg.format=ssh", "user.signingKey=/k"] })
  expect(args).toContain("gpg.format=ssh")
  expect(command(args)).toContain("--gpg-sign")
})

test("pushes one ref, named in full", () => {
  expect(command(pushArgs("main"))).toEqual([
    ...["push", "--porcelain", "--no-verify", "--no-follow-tags", "origin", "HEAD:refs/heads/main"],
  ])
})

test("pushes in turn for whole seconds, with git and its settings as the rest of the line", () => {
  const args = pushInTurnArgs("main", { author, seconds: 7.9 })
  expect(args.slice(0, 4)).toEqual(["/slipway/turn/push", "main", "7", "git"])
  expect(args.slice(-4)).toEqual(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
  expect(args).toContain("core.hooksPath=/dev/null")
  expect(pushInTurnArgs("main", { author, seconds: -3 })[2]).toBe("0")
})

test("fetches as much history as asked for", () => {
  expect(command(deepenArgs(main, 1_700_000_000))).toContain("--shallow-since=@1700000000 +0000")
  expect(command(deepenArgs(main, "everything"))).toContain("--depth=2147483647")
})

test("looks for digests and words in the files, as they are and in no binary", () => {
  expect(command(grepDigestsArgs())).toEqual([
    ...["grep", "--no-color", "-h", "-I", "--only-matching", "--extended-regexp", "-e", "sha256:[0-9a-f]{64}"],
  ])
  const [program, words, ...git] = findWordsArgs()
  expect([program, words, git[0]]).toEqual(["/slipway/find-words", "/slipway/words", "git"])
  expect(command(git)).toContain("--only-matching")
})
