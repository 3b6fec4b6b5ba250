import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import {
  cloneArgs,
  commitArgs,
  deepenArgs,
  diffArgs,
  fetchProposalArgs,
  findWordsArgs,
  grepDigestsArgs,
  logArgs,
  moveProposalArgs,
  PROPOSAL_TIP,
  PUSH_IN_TURN,
  pullArgs,
  pushArgs,
  pushInTurnArgs,
  sameFilesArgs,
} from "../../../lib/gitops/git/args.ts"
import { parsePushTurn } from "../../../lib/gitops/git/output.ts"
import { parseGitBranch } from "../../../lib/gitops/git/remote.ts"

describe("push in turn", () => {
  // Runs the program with the local git on local repositories.
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
    return execFileSync("git", ["-C", folder, ...WHO, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
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

  /** Pushes another writer's commit first. */
  function overtake(files: Record<string, string>, message = "theirs"): string {
    const commit = write("other", files, message)
    git(join(base, "other"), "push", "--quiet", "origin", "main")
    return commit
  }

  const OURS = "Bump b\n\nSlipway-Bump: apps/b app registry/app@sha256:2\n"
  /** Commits this run's bump of apps/b on the current tip. */
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

  test("pushes the commit once without other writers", () => {
    edit()
    const made = git(join(base, "ours"), "rev-parse", "HEAD").trim()
    expect(push()).toMatchObject({ status: 0, commit: made, tries: 1, overtaken: [], report: { status: "accepted" } })
    expect(served("rev-parse", "main")).toBe(made)
  })

  describe("overtaken by another writer", () => {
    test("repeats the edit with its message on the new tip if other files changed", () => {
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
      { name: "a change of the file", files: [{ "apps/b/image": "b: 9\n" }] },
      { name: "a change next to the file", files: [{ "apps/b/patch": "x\n" }] },
      { name: "a change of the base", files: [{ "base/new": "x\n" }] },
      { name: "a change that was reverted", files: [{ "apps/b/image": "b: 9\n" }, { "apps/b/image": "b: 1\n" }] },
    ])("does not push after $name", ({ files }) => {
      edit()
      const theirs = files.map((change) => overtake(change)).at(-1)
      expect(push()).toMatchObject({ status: 1, tries: 1, report: { status: "behind" } })
      expect(served("rev-parse", "main")).toBe(theirs)
    })

    test("does not push after a bump of the same image, even without a change of its file", () => {
      edit()
      const theirs = overtake({ "apps/a/image": "a: 2\n" }, "theirs\n\nSlipway-Bump: apps/b app registry/app@sha256:1")
      expect(push()).toMatchObject({ status: 1, tries: 1, report: { status: "behind" } })
      expect(served("rev-parse", "main")).toBe(theirs)
    })

    test("pushes after a bump of another image", () => {
      edit()
      overtake({ "apps/a/image": "a: 2\n" }, "theirs\n\nSlipway-Bump: apps/a app registry/app@sha256:1")
      expect(push()).toMatchObject({ status: 0, tries: 2 })
    })

    test("does not push with a symbolic link in the tree", () => {
      symlinkSync("../a", join(base, "other/link"))
      overtake({})
      edit()
      const theirs = overtake({ "apps/a/image": "a: 2\n" })
      expect(push()).toMatchObject({ status: 1, tries: 1 })
      expect(served("rev-parse", "main")).toBe(theirs)
    })

    test("pushes once if there is no time left", () => {
      edit()
      const theirs = overtake({ "apps/a/image": "a: 2\n" })
      expect(push(0)).toMatchObject({ status: 1, tries: 1, report: { status: "behind" } })
      expect(served("rev-parse", "main")).toBe(theirs)
    })

    test("does not push to a rewritten branch", () => {
      edit()
      git(join(base, "other"), "commit", "--quiet", "--amend", "--message", "another seed")
      git(join(base, "other"), "push", "--quiet", "--force", "origin", "main")
      const theirs = served("rev-parse", "main")
      expect(push()).toMatchObject({ status: 1, tries: 1 })
      expect(served("rev-parse", "main")).toBe(theirs)
    })
  })

  test("stops at a refusal and prints the server's message", () => {
    edit()
    hook("pre-receive", "echo x >>calls\necho 'only on Tuesdays' >&2\nexit 1\n")
    const pushed = push()
    expect(pushed).toMatchObject({ status: 1, tries: 1, report: { status: "refused" } })
    expect(pushed.stderr).toContain("only on Tuesdays")
    expect(readFileSync(join(base, "deploy.git/calls"), "utf8")).toBe("x\n")
  })

  test("stops after a lost response, with the commit in the branch once", () => {
    edit()
    hook("reference-transaction", '[ "$1" = committed ] && kill -9 $PPID\nexit 0\n')
    const pushed = push()
    expect(pushed.status).not.toBe(0)
    expect(pushed).toMatchObject({ tries: 1, report: { status: "no-response" } })
    expect(served("rev-parse", "main")).toBe(pushed.commit)
  })
})

describe("git args", () => {
  const main = parseGitBranch("main")
  const author = { name: "Ada", email: "ada@example.com", signOff: false }

  /** The arguments after git's settings. */
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
    test.each(all)("runs git without hooks and without repacking: call %#", (...args) => {
      expect(args[0]).toBe("git")
      expect(args).toContain("core.hooksPath=/dev/null")
      expect(args).toContain("gc.auto=0")
    })
    test.each(all)("does not force: call %#", (...args) => {
      expect(args.filter((arg) => /force|^\+|mirror|^-f$/.test(arg))).toEqual([])
    })
  })

  test("clones the tip of one branch, and cannot read the address as an option", () => {
    expect(command(cloneArgs("https://git/a.git", main))).toEqual([
      ...["clone", "--quiet", "--depth=1", "--single-branch", "--no-tags", "--template=", "--branch=main"],
      ...["--", "https://git/a.git", "/slipway/checkout"],
    ])
  })

  test("pulls by fast-forward only", () => {
    expect(command(pullArgs(main))).toEqual([
      "pull",
      "--ff-only",
      "--no-tags",
      "--no-rebase",
      "origin",
      "refs/heads/main",
    ])
  })

  test("commits only the edited files", () => {
    const args = commitArgs(["apps/web/kustomization.yaml"], { author, signing: [] })
    expect(args).toContain("user.name=Ada")
    expect(args).toContain("user.email=ada@example.com")
    expect(command(args)).toEqual([
      ...["commit", "--no-gpg-sign", "--cleanup=whitespace", "--file=/slipway/message"],
      ...["--only", "--", "apps/web/kustomization.yaml"],
    ])
  })

  test("signs the commit if there is a key", () => {
    const args = commitArgs(["a"], { author, signing: ["gpg.format=ssh", "user.signingKey=/k"] })
    expect(args).toContain("gpg.format=ssh")
    expect(command(args)).toContain("--gpg-sign")
  })

  test("pushes one full ref", () => {
    expect(command(pushArgs("main"))).toEqual([
      ...["push", "--porcelain", "--no-verify", "--no-follow-tags", "origin", "HEAD:refs/heads/main"],
    ])
  })

  test("passes whole seconds, git and its settings to push-in-turn.sh", () => {
    const args = pushInTurnArgs("main", { author, seconds: 7.9 })
    expect(args.slice(0, 4)).toEqual(["/slipway/turn/push", "main", "7", "git"])
    expect(args.slice(-4)).toEqual(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
    expect(args).toContain("core.hooksPath=/dev/null")
    expect(pushInTurnArgs("main", { author, seconds: -3 })[2]).toBe("0")
  })

  test("fetches the history back to a time, or all of it", () => {
    expect(command(deepenArgs(main, 1_700_000_000))).toContain("--shallow-since=@1700000000 +0000")
    expect(command(deepenArgs(main, "everything"))).toContain("--depth=2147483647")
  })

  test("searches text files for digests and words", () => {
    expect(command(grepDigestsArgs())).toEqual([
      ...["grep", "--no-color", "-h", "-I", "--only-matching", "--extended-regexp", "-e", "sha256:[0-9a-f]{64}"],
    ])
    const [program, words, ...git] = findWordsArgs()
    expect([program, words, git[0]]).toEqual(["/slipway/find-words", "/slipway/words", "git"])
    expect(command(git)).toContain("--only-matching")
  })
})

describe("proposal branch args", () => {
  const own = parseGitBranch("slipway/main/0123456789")
  const ref = "refs/heads/slipway/main/0123456789"

  /** The arguments after git's settings. */
  function command(args: string[]): string[] {
    return args.slice(args.lastIndexOf("-c") + 2)
  }

  test("fetches the tip and its parent to a separate ref", () => {
    const fetched = ["fetch", "--quiet", "--depth=2", "--no-tags", "origin", `+${ref}:${PROPOSAL_TIP}`]
    expect(command(fetchProposalArgs(own))).toEqual(fetched)
    expect(command(sameFilesArgs())).toEqual(["diff", "--quiet", "HEAD", PROPOSAL_TIP])
  })

  test.each([
    { name: "a new branch", move: { to: "new" }, lease: "", refspec: `new:${ref}` },
    { name: "an existing branch", move: { from: "old", to: "new" }, lease: "old", refspec: `new:${ref}` },
    { name: "a branch to delete", move: { from: "old" }, lease: "old", refspec: `:${ref}` },
  ])("moves $name by force, but only over the known commit", ({ move, lease, refspec }) => {
    const args = command(moveProposalArgs(own, move))
    expect(args).toEqual([
      ...["push", "--porcelain", "--no-verify", "--no-follow-tags"],
      ...[`--force-with-lease=${ref}:${lease}`, "origin", refspec],
    ])
  })
})
