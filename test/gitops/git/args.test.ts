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
})

describe("git args", () => {
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
})

describe("own branch args", () => {
  const own = parseGitBranch("slipway/main/0123456789")
  const ref = "refs/heads/slipway/main/0123456789"

  /** What follows git's settings. */
  function command(args: string[]): string[] {
    return args.slice(args.lastIndexOf("-c") + 2)
  }

  test("fetches the tip with the commit that it was made on, to where no branch of the checkout is", () => {
    const fetched = ["fetch", "--quiet", "--depth=2", "--no-tags", "origin", `+${ref}:${PROPOSAL_TIP}`]
    expect(command(fetchProposalArgs(own))).toEqual(fetched)
    expect(command(sameFilesArgs())).toEqual(["diff", "--quiet", "HEAD", PROPOSAL_TIP])
  })

  test.each([
    { name: "a new branch", move: { to: "new" }, lease: "", refspec: `new:${ref}` },
    { name: "a branch that is there", move: { from: "old", to: "new" }, lease: "old", refspec: `new:${ref}` },
    { name: "a branch to be taken away", move: { from: "old" }, lease: "old", refspec: `:${ref}` },
  ])("moves $name by force over what was seen there, and over nothing else", ({ move, lease, refspec }) => {
    const args = command(moveProposalArgs(own, move))
    expect(args).toEqual([
      ...["push", "--porcelain", "--no-verify", "--no-follow-tags"],
      ...[`--force-with-lease=${ref}:${lease}`, "origin", refspec],
    ])
  })
})
