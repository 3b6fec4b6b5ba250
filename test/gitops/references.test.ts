import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { findWordsArgs } from "../../lib/gitops/git/args.ts"
import type { LoggedCommit } from "../../lib/gitops/git/output.ts"
import { FIND_WORDS, recentBumps, wordsIn } from "../../lib/gitops/references.ts"
import { type DigestRef, digestOf } from "../../lib/oci/reference.ts"

describe("reference", () => {
  const ref = (build: string) => `ghcr.io/acme/web@${digestOf(build)}` as DigestRef
  const commit = (build: string, path: string): LoggedCommit => ({
    ...{ commit: "a".repeat(40), time: 1, author: "a", message: "m" },
    trailers: { kind: "bump", bumps: [{ path, image: "web", ref: ref(build) }], source: {} },
  })

  test.each([
    { rollbacks: 0, builds: ["4", "3"] },
    { rollbacks: 1, builds: ["4", "2", "3", "1"] },
    { rollbacks: 9, builds: ["4", "2", "1", "3", "1"] },
  ])("returns the current bump of each place and $rollbacks earlier ones", ({ rollbacks, builds }) => {
    const log = [
      commit("4", "staging"),
      commit("3", "prod"),
      commit("2", "staging"),
      commit("1", "prod"),
      commit("1", "staging"),
    ]
    expect(recentBumps(log, rollbacks).map((bump) => bump.ref)).toEqual(builds.map(ref))
  })

  test("no rollback needs the bumps of previews", () => {
    const { trailers, ...logged } = commit("5", "previews/pr-7")
    expect(
      recentBumps([{ ...logged, trailers: { ...trailers, kind: "preview" } }, commit("4", "prod")], 9),
    ).toHaveLength(1)
  })

  test.each([
    { text: "image: acme/web:v1.2", words: ["v1.2"] },
    { text: 'newTag: "v1.2"', words: ["v1.2"] },
    { text: "acme/web:v1.2@sha256:00", words: ["v1.2"] },
    { text: "# we stay at v1.2.", words: ["v1.2"] },
    { text: "image: acme/web:v1.2.3", words: [] },
    { text: "image: acme/web:dev-v1.2", words: [] },
    { text: "tag: main-7 # v1.2\ntag: latest", words: ["v1.2", "latest"] },
    { text: "tag: V1.2 Latest", words: ["v1.2", "latest"] },
  ])("finds $words in $text", ({ text, words }) => expect(wordsIn(text, ["v1.2", "latest"])).toEqual(words))
})

describe("find words", () => {
  const base = mkdtempSync(join(tmpdir(), "slipway-words-"))
  afterAll(() => rmSync(base, { recursive: true }))
  const program = join(base, "find-words")
  writeFileSync(program, FIND_WORDS)
  chmodSync(program, 0o755)

  let repositories = 0
  function find(words: string[], text?: string) {
    repositories += 1
    const path = join(base, `r${repositories}`)
    mkdirSync(path)
    const git = (...args: string[]) => execFileSync("git", ["-C", path, ...args])
    if (text !== undefined) {
      git("init", "-q")
      writeFileSync(join(path, "values.yaml"), text)
      git("add", ".")
    }
    writeFileSync(join(base, "words"), words.map((word) => `${word}\n`).join(""))
    const [, , ...grep] = findWordsArgs()
    const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CEILING_DIRECTORIES: base }
    return spawnSync(program, [join(base, "words"), ...grep], { cwd: path, encoding: "utf8", env })
  }

  test.each([
    { text: "image: acme/web:v1.2\n", found: ["v1.2"] },
    { text: "# we stay at v1.2.\n", found: ["v1.2"] },
    { text: "image: acme/web:v1.2.3\n", found: [] },
    { text: "image: acme/web:dev-v1.2\n", found: [] },
    { text: "image: acme/web:V1.2\n", found: ["V1.2"] },
    { text: "tag: 1\n", found: ["1"] },
    { text: "replicas: 11\n", found: [] },
  ])("prints $found for $text", ({ text, found }) => {
    const { status, stdout } = find(["v1.2", "1", "latest"], text)
    expect([status, stdout.split("\n").filter(Boolean)]).toEqual([0, found])
  })

  test("prints a frequent word once", () => {
    const { stdout } = find(["1"], "port: 1\n".repeat(10_000))
    expect(stdout).toBe("1\n")
  })

  test("fails if git fails, instead of printing nothing", () => {
    const { status, stderr } = find(["1"])
    expect(status).toBe(3)
    expect(stderr).toMatch(/not a git repository/)
  })
})
