import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { PUSH_IN_TURN } from "../../lib/gitops/push-in-turn.ts"
import { parsePushTurn } from "../../lib/gitops/push-turn.ts"

// The program itself, with this machine's git, on repositories of its file system.
let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "slipway-turn-"))
  git(base, "init", "--quiet", "--bare", "--initial-branch=main", "deploy.git")
  clone("other")
  write("other", { "apps/a/image": "a: 1\n", "apps/b/image": "b: 1\n" }, "seed")
  git(join(base, "other"), "push", "--quiet", "origin", "main")
})

const WHO = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgSign=false"]
function git(folder: string, ...args: string[]): string {
  return execFileSync("git", ["-C", folder, ...WHO, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
}
const clone = (name: string) => git(base, "clone", "--quiet", "--depth=1", `file://${base}/deploy.git`, name)
const served = (...args: string[]) => git(join(base, "deploy.git"), ...args).trim()

function write(name: string, files: Record<string, string>, message: string): string {
  const folder = join(base, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  git(folder, "add", "--all")
  git(folder, "commit", "--quiet", "--message", message)
  return git(folder, "rev-parse", "HEAD").trim()
}

/** Somebody else's commit, on the branch before ours is. */
function overtake(files: Record<string, string>, message = "theirs"): string {
  const commit = write("other", files, message)
  git(join(base, "other"), "push", "--quiet", "origin", "main")
  return commit
}

const OURS = "Bump b\n\nSlipway-Bump: apps/b app registry/app@sha256:2\n"
/** Our bump of apps/b, made on the tip as it is now. */
function edit(): void {
  clone("ours")
  write("ours", { "apps/b/image": "b: 2\n" }, OURS)
}

function push(seconds = 20, reads = ["apps/b", "base"]) {
  const turn = join(base, "turn")
  mkdirSync(turn, { recursive: true })
  writeFileSync(join(turn, "push"), PUSH_IN_TURN)
  chmodSync(join(turn, "push"), 0o755)
  writeFileSync(join(turn, "files"), "apps/b/image\n")
  writeFileSync(join(turn, "reads"), reads.map((path) => `${path}\n`).join(""))
  const options = { cwd: join(base, "ours"), encoding: "utf8" as const, env: { ...process.env, LC_ALL: "C" } }
  const { status, stdout, stderr } = spawnSync(join(turn, "push"), ["main", String(seconds), "git", ...WHO], options)
  return { status, stderr, ...parsePushTurn(stdout) }
}

function hook(name: string, script: string): void {
  const file = join(base, "deploy.git/hooks", name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${script}`)
  chmodSync(file, 0o755)
}

test("nobody else: one push of the very commit", () => {
  edit()
  const made = git(join(base, "ours"), "rev-parse", "HEAD").trim()
  expect(push()).toMatchObject({ status: 0, commit: made, tries: 1, overtaken: [], report: { status: "accepted" } })
  expect(served("rev-parse", "main")).toBe(made)
})

describe("others came first", () => {
  test("elsewhere: the same edit with the same message on their tip, and theirs is kept", () => {
    edit()
    const theirs = [overtake({ "apps/a/image": "a: 2\n" }), overtake({ "apps/a/image": "a: 3\n" })]
    const pushed = push()
    expect(pushed).toMatchObject({ status: 0, tries: 2, report: { status: "accepted" } })
    expect(pushed.overtaken.toSorted()).toEqual(theirs.toSorted())
    expect(served("rev-parse", "main")).toBe(pushed.commit)
    expect(served("rev-parse", "main^")).toBe(theirs[1])
    expect(served("log", "-1", "--format=%B%an <%ae>", "main")).toBe(`${OURS}Ada <ada@example.com>`)
    expect(served("show", "main:apps/a/image")).toBe("a: 3")
    expect(served("show", "main:apps/b/image")).toBe("b: 2")
    expect(served("diff", "--name-only", "main^", "main")).toBe("apps/b/image")
  })

  test.each([
    { name: "in the file", files: [{ "apps/b/image": "b: 9\n" }] },
    { name: "beside the file", files: [{ "apps/b/patch": "x\n" }] },
    { name: "in what it is built from", files: [{ "base/new": "x\n" }] },
    { name: "there and back again", files: [{ "apps/b/image": "b: 9\n" }, { "apps/b/image": "b: 1\n" }] },
  ])("$name: nothing is pushed, for the edit may be another one now", ({ files }) => {
    edit()
    const theirs = files.map((change) => overtake(change)).at(-1)
    expect(push()).toMatchObject({ status: 1, tries: 1, report: { status: "behind" } })
    expect(served("rev-parse", "main")).toBe(theirs)
  })

  test("and say of the same image that it is theirs, though its file is as it was: nothing is pushed", () => {
    edit()
    const theirs = overtake({ "apps/a/image": "a: 2\n" }, "theirs\n\nSlipway-Bump: apps/b app registry/app@sha256:1")
    expect(push()).toMatchObject({ status: 1, tries: 1, report: { status: "behind" } })
    expect(served("rev-parse", "main")).toBe(theirs)
  })

  test("and speak of another image: that is no hindrance", () => {
    edit()
    overtake({ "apps/a/image": "a: 2\n" }, "theirs\n\nSlipway-Bump: apps/a app registry/app@sha256:1")
    expect(push()).toMatchObject({ status: 0, tries: 2 })
  })

  test("and a link leads who knows where: nothing is pushed", () => {
    symlinkSync("../a", join(base, "other/link"))
    overtake({})
    edit()
    const theirs = overtake({ "apps/a/image": "a: 2\n" })
    expect(push()).toMatchObject({ status: 1, tries: 1 })
    expect(served("rev-parse", "main")).toBe(theirs)
  })

  test("and there is no time left: one push", () => {
    edit()
    const theirs = overtake({ "apps/a/image": "a: 2\n" })
    expect(push(0)).toMatchObject({ status: 1, tries: 1, report: { status: "behind" } })
    expect(served("rev-parse", "main")).toBe(theirs)
  })

  test("by rewriting the branch: nothing is pushed", () => {
    edit()
    git(join(base, "other"), "commit", "--quiet", "--amend", "--message", "another seed")
    git(join(base, "other"), "push", "--quiet", "--force", "origin", "main")
    const theirs = served("rev-parse", "main")
    expect(push()).toMatchObject({ status: 1, tries: 1 })
    expect(served("rev-parse", "main")).toBe(theirs)
  })
})

test("a refusal is final at once, and the server's words are passed on", () => {
  edit()
  hook("pre-receive", "echo x >>calls\necho 'only on Tuesdays' >&2\nexit 1\n")
  const pushed = push()
  expect(pushed).toMatchObject({ status: 1, tries: 1, report: { status: "refused" } })
  expect(pushed.stderr).toContain("only on Tuesdays")
  expect(readFileSync(join(base, "deploy.git/calls"), "utf8")).toBe("x\n")
})

test("an answer that is lost ends it, and the commit is there once", () => {
  edit()
  hook("reference-transaction", '[ "$1" = committed ] && kill -9 $PPID\nexit 0\n')
  const pushed = push()
  expect(pushed.status).not.toBe(0)
  expect(pushed).toMatchObject({ tries: 1, report: { status: "unanswered" } })
  expect(served("rev-parse", "main")).toBe(pushed.commit)
})
