import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Directory } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  checkoutSettings,
  checkoutUnreadable,
  LFS_CLEAN,
  parseCheckout,
  READ_CHECKOUT,
  readRevision,
  requireOwnGitDir,
} from "../../lib/config/checkout.ts"
import type { Revision } from "../../lib/config/revision.ts"

describe("source revision", () => {
  /** The queries of a folder that precede git. */
  function folder(entries: string[], gitFile: () => Promise<string> = async () => ""): Directory {
    return { entries: async () => entries, file: () => ({ contents: gitFile }) } as unknown as Directory
  }

  test("returns no revision for a source without .git", async () => {
    expect(await readRevision(folder(["src/", ".github/"]), "git")).toBeUndefined()
  })

  test("refuses a linked work tree", async () => {
    const source = folder([".git"], async () => "gitdir: /home/ann/app/.git/worktrees/wt\n")
    await expect(readRevision(source, "git")).rejects.toThrow(/^SOURCE_INVALID: .*a linked work tree/)
  })

  test("refuses a .git that is a link", async () => {
    const source = folder([".git"], async () => {
      throw new Error("too many links")
    })
    await expect(readRevision(source, "git")).rejects.toThrow(/^SOURCE_INVALID: .*too many links/)
  })

  test("parses the program's output", () => {
    const status = "# branch.oid c0ffee\n# branch.head main\n? new\n"
    expect(parseCheckout(`c0ffee\n7\nHEAD -> main, tag: v1\n\n${status}`)).toEqual({
      ...{ commit: "c0ffee", time: 7, branch: "main", tags: ["v1"], dirty: true, changes: ["new: untracked"] },
    })
    expect(parseCheckout("# branch.oid (initial)\n# branch.head main\n? new\n")).toBeUndefined()
  })
})

describe("checkout script", () => {
  const base = mkdtempSync(join(tmpdir(), "slipway-checkout-"))
  afterAll(() => rmSync(base, { recursive: true }))

  const program = join(base, "read-checkout")
  const lfsClean = join(base, "lfs-clean")
  const settings = join(base, "gitconfig")
  beforeAll(() => {
    writeFileSync(program, READ_CHECKOUT)
    writeFileSync(lfsClean, LFS_CLEAN)
    writeFileSync(settings, checkoutSettings({ lfsClean, program, settings }))
    for (const file of [program, lfsClean]) chmodSync(file, 0o755)
  })

  /** The environment of the module's container, without the settings of this machine. */
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1" }
  const ours = { ...env, GIT_CONFIG_GLOBAL: settings, GIT_ALLOW_PROTOCOL: "none" }
  const theirs = { ...env, GIT_CONFIG_GLOBAL: "/dev/null" }
  const WHO = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]

  let repositories = 0
  function repository(files: Record<string, string> = { f: "one\n" }) {
    repositories += 1
    const path = join(base, `r${repositories}`)
    const git = (...args: string[]) => execFileSync("git", [...WHO, ...args], { cwd: path, env: theirs, stdio: "pipe" })
    const write = (name: string, text: string) => writeFileSync(join(path, name), text)
    mkdirSync(path)
    git("init", "-q", "-b", "main")
    for (const [name, text] of Object.entries(files)) write(name, text)
    const commit = () => {
      git("add", "-A")
      git("commit", "-qm", "one")
    }
    return { path, git, write, commit }
  }

  function read(path: string): { revision?: Revision; stderr: string; code: number | null } {
    const { status, stdout, stderr } = spawnSync(program, { cwd: path, env: ours, encoding: "utf8" })
    return { code: status, stderr, ...(status === 0 && { revision: parseCheckout(stdout) }) }
  }

  test("reads a clean checkout, with commit, branch, tags and remote", () => {
    const { path, git, commit } = repository()
    commit()
    git("tag", "v1.0.0")
    git("remote", "add", "origin", "https://git.example/acme/app")
    expect(read(path).revision).toMatchObject({
      ...{ branch: "main", tags: ["v1.0.0"], dirty: false, url: "https://git.example/acme/app" },
      commit: git("rev-parse", "HEAD").toString().trim(),
    })
  })

  test("returns no revision for a checkout without a commit", () => {
    expect(read(repository().path)).toMatchObject({ code: 0, revision: undefined })
  })

  test("returns no address for a checkout without a remote", () => {
    const { path, commit } = repository()
    commit()
    expect(read(path).revision).not.toHaveProperty("url")
  })

  describe("lists changes:", () => {
    test.each<{ name: string; change: (at: ReturnType<typeof repository>) => void; changes: string[] }>([
      { name: "a file", change: ({ write }) => write("f", "two\n"), changes: ["f: modified"] },
      { name: "a new file", change: ({ write }) => write("new file", ""), changes: ["new file: untracked"] },
      {
        name: "a staged file",
        change: ({ write, git }) => {
          write("g", "")
          git("add", "g")
        },
        changes: ["g: added"],
      },
      { name: "a missing file", change: ({ path }) => rmSync(join(path, "f")), changes: ["f: deleted"] },
      {
        name: "a renamed file",
        change: ({ git }) => git("mv", "f", "h"),
        changes: ["f: deleted", "h: added"],
      },
      {
        name: "a file marked as assume-unchanged",
        change: ({ git, write }) => {
          git("update-index", "--assume-unchanged", "f")
          write("f", "two\n")
        },
        changes: ["f: modified"],
      },
      {
        name: "a file marked as skip-worktree",
        change: ({ git, write }) => {
          git("update-index", "--skip-worktree", "f")
          write("f", "two\n")
        },
        changes: ["f: modified"],
      },
      {
        name: "a new file, although the checkout's settings hide untracked files",
        change: ({ git, write }) => {
          git("config", "status.showUntrackedFiles", "no")
          write("g", "")
        },
        changes: ["g: untracked"],
      },
      {
        name: "a file, although another program should detect changes",
        change: ({ path, git, write }) => {
          writeFileSync(join(path, ".git/monitor"), "#!/bin/sh\nprintf 'token\\0'\n", { mode: 0o755 })
          git("config", "core.fsmonitor", ".git/monitor")
          git("status")
          git("update-index", "--fsmonitor-valid", "f")
          write("f", "two\n")
        },
        changes: ["f: modified"],
      },
      {
        name: "a file, although another git has locked the index",
        change: ({ path, write }) => {
          writeFileSync(join(path, ".git/index.lock"), "")
          write("f", "two\n")
        },
        changes: ["f: modified"],
      },
    ])("$name", ({ change, changes }) => {
      const at = repository()
      at.commit()
      change(at)
      expect(read(at.path)).toMatchObject({ code: 0, revision: { dirty: true, changes: changes } })
    })
  })

  test("does not report the missing files of a sparse checkout", () => {
    const { path, git, commit } = repository({ f: "", g: "" })
    commit()
    git("sparse-checkout", "set", "--no-cone", "/f")
    expect(read(path)).toMatchObject({ code: 0, revision: { dirty: false } })
  })

  describe("Git LFS, without git-lfs", () => {
    const weights = "weights of the model\n"
    const pointer = (text: string) => {
      const oid = createHash("sha256").update(text).digest("hex")
      return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${Buffer.byteLength(text)}\n`
    }
    /** The state after `git lfs install --local`, or a checkout with `lfs: true`. */
    function lfs(settings: "local" | "global", file = weights) {
      const at = repository({
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        "model.bin": file,
        f: "",
      })
      writeFileSync(join(at.path, ".git/pointer"), file === "" ? "" : pointer(file))
      at.git("config", "filter.lfs.clean", "cat .git/pointer")
      at.commit()
      at.git("config", "--remove-section", "filter.lfs")
      if (settings === "local") {
        at.git("config", "filter.lfs.clean", "git-lfs clean -- %f")
        at.git("config", "filter.lfs.smudge", "git-lfs smudge -- %f")
        at.git("config", "filter.lfs.process", "git-lfs filter-process")
        at.git("config", "filter.lfs.required", "true")
      }
      return at
    }

    test.each(["local", "global"] as const)("reads a clean checkout with %s settings", (settings) => {
      expect(read(lfs(settings).path)).toMatchObject({ code: 0, revision: { dirty: false, branch: "main" } })
    })

    test("reads a clean checkout of pointers and an empty file", () => {
      const pointers = lfs("local")
      pointers.write("model.bin", pointer(weights))
      expect(read(pointers.path).revision).toMatchObject({ dirty: false })
      expect(read(lfs("local", "").path).revision).toMatchObject({ dirty: false })
    })

    test("compares a large binary file as a whole", () => {
      const large = "version https://git-lfs.github.com/spec/v1\n".repeat(50)
      const at = lfs("local", large)
      expect(read(at.path).revision).toMatchObject({ dirty: false })
      at.write("model.bin", large.replace("v1", "v2"))
      expect(read(at.path).revision).toMatchObject({ changes: ["model.bin: modified"] })
    })

    test.each(["model.bin", "f"])("lists a changed file: %s", (file) => {
      const at = lfs("local")
      appendFileSync(join(at.path, file), "more\n")
      expect(read(at.path).revision).toMatchObject({ dirty: true, changes: [`${file}: modified`] })
    })

    test("works in a submodule too", () => {
      const inner = lfs("local")
      const outer = repository()
      const smudge = `filter.lfs.smudge=cat ${join(inner.path, "model.bin")}`
      outer.git("-c", "protocol.file.allow=always", "-c", smudge, "submodule", "add", inner.path, "sub")
      outer.commit()
      outer.git("-C", "sub", "config", "filter.lfs.process", "git-lfs filter-process")
      expect(read(outer.path).revision).toMatchObject({ dirty: false })
      appendFileSync(join(outer.path, "sub/model.bin"), "more")
      expect(read(outer.path).revision).toMatchObject({ changes: ["sub: submodule with changes"] })
    })
  })

  describe("line ends from the machine's settings", () => {
    test("are not a change", () => {
      const { path, commit, write } = repository({ "notes.txt": "one\ntwo\n" })
      commit()
      write("notes.txt", "one\r\ntwo\r\n")
      expect(read(path).revision).toMatchObject({ dirty: false })
      write("notes.txt", "one\r\n2\r\n")
      expect(read(path).revision).toMatchObject({ changes: ["notes.txt: modified"] })
    })

    test("are a change if the repository disables conversion", () => {
      const { path, git, commit, write } = repository({ "notes.txt": "one\n" })
      commit()
      git("config", "core.autocrlf", "false")
      write("notes.txt", "one\r\n")
      expect(read(path).revision).toMatchObject({ changes: ["notes.txt: modified"] })
    })

    test("are not a change if the file was committed with them", () => {
      const { path, commit } = repository({ "notes.bat": "one\r\n" })
      commit()
      expect(read(path).revision).toMatchObject({ dirty: false })
    })
  })

  describe("fails with git's message, and without output, for", () => {
    test.each<{ name: string; broken: (at: ReturnType<typeof repository>) => void; message: RegExp }>([
      {
        name: "the missing program of a filter",
        broken: ({ git, write, commit }) => {
          write(".gitattributes", "*.key filter=crypt\n")
          write("a.key", "x")
          git("config", "filter.crypt.clean", "cat")
          commit()
          git("config", "filter.crypt.clean", "no-such-program")
          git("config", "filter.crypt.required", "true")
          write("a.key", "y")
        },
        message: /clean filter 'crypt' failed/,
      },
      {
        name: "a submodule whose git folder is outside",
        broken: (at) => {
          const inner = repository()
          inner.commit()
          at.git("-c", "protocol.file.allow=always", "submodule", "add", inner.path, "sub")
          at.commit()
          at.write("sub/.git", "gitdir: /nowhere/.git/modules/sub\n")
          at.write("f", "two\n")
        },
        message: /not a git repository: \/nowhere\/\.git\/modules\/sub/,
      },
      {
        name: "a repository with a newer format",
        broken: ({ git }) => {
          git("config", "core.repositoryFormatVersion", "1")
          git("config", "extensions.fromTheFuture", "true")
        },
        message: /unknown repository extension/,
      },
      { name: "a damaged index", broken: ({ write }) => write(".git/index", "nonsense"), message: /index file/ },
      {
        name: "invalid settings",
        broken: ({ write }) => write(".git/config", "[core\n"),
        message: /bad config line/,
      },
      {
        name: "a missing commit",
        broken: ({ path }) => renameSync(join(path, ".git/objects"), join(path, ".git/lost")),
        message: /bad object|not a git repository|unable to read|broken/,
      },
      {
        name: "a folder that is not a repository",
        broken: ({ path }) => {
          rmSync(join(path, ".git"), { recursive: true })
          mkdirSync(join(path, ".git"))
        },
        message: /not a git repository/,
      },
    ])("$name", ({ broken, message }) => {
      const at = repository()
      at.commit()
      broken(at)
      const { code, stderr, revision } = read(at.path)
      expect({ code, revision }).toEqual({ code: 1, revision: undefined })
      expect(stderr).toMatch(message)
    })
  })
})

describe("checkout failure", () => {
  test.each([
    [
      "/home/ann/app/.git/worktrees/wt",
      /got a linked work tree: .*"\/home\/ann\/app\/\.git\/worktrees\/wt"/,
      /git clone -b/,
    ],
    ["../app/.git/worktrees/wt", /got a linked work tree/, /git clone -b/],
    ["../.git/modules/api", /got a submodule's folder/, /--source, and this folder as --context/],
    ["../.git/modules/api/worktrees/wt", /got a linked work tree/, /git clone -b/],
    ["C:/repo/.git/worktrees/wt", /got a linked work tree/, /git clone -b/],
    ["/elsewhere/app.git", /whose git folder is elsewhere/, /git clone -b/],
  ])("refuses a .git file that points to %s, with a fix", (folder, got, fix) => {
    const refusal = () => requireOwnGitDir(`gitdir: ${folder}\n`)
    expect(refusal).toThrow(/^SOURCE_INVALID: expected the git folder to be in the source/)
    expect(refusal).toThrow(got)
    expect(refusal).toThrow(fix)
  })

  test("accepts a .git file that points into the source", () => {
    expect(() => requireOwnGitDir("gitdir: ./.bare/worktrees/main\n")).not.toThrow()
  })

  test("refuses a .git file without a path", () => {
    expect(() => requireOwnGitDir("hello")).toThrow('got a .git file without a path: "hello"')
  })

  test.each([
    ["git-lfs: not found\nfatal: model.bin: clean filter 'lfs' failed", /--remove-section filter\.NAME.*--git-image/],
    ["fatal: unknown repository extension found:\n\tobjectformat", /newer git as --git-image/],
    [
      "fatal: not a git repository: /x/.git/modules/sub\nfatal: 'git status' failed in submodule sub",
      /git submodule update/,
    ],
    ["error: unable to normalize alternate object path: /mirror\nfatal: bad object HEAD", /git repack -a -d/],
    ["fatal: index file corrupt", /fix the error that it reports/],
  ])("includes git's message %j and a fix", (stderr, fix) => {
    const { message } = checkoutUnreadable(stderr)
    expect(message).toContain(stderr.split("\n").at(-1) ?? "")
    expect(message).toMatch(/^SOURCE_INVALID: expected git to read the source's checkout, got /)
    expect(message).toMatch(fix)
  })
})
