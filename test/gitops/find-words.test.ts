import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { FIND_WORDS } from "../../lib/gitops/find-words.ts"
import { findWordsArgs } from "../../lib/gitops/git-args.ts"

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
  { text: "tag: 1\n", found: ["1"] },
  { text: "replicas: 11\n", found: [] },
])("of $text it prints $found", ({ text, found }) => {
  const { status, stdout } = find(["v1.2", "1", "latest"], text)
  expect([status, stdout.split("\n").filter(Boolean)]).toEqual([0, found])
})

test("a repository that is full of a word gives it back once", () => {
  const { stdout } = find(["1"], "port: 1\n".repeat(10_000))
  expect(stdout).toBe("1\n")
})

test("a git that fails is no empty answer", () => {
  const { status, stderr } = find(["1"])
  expect(status).toBe(3)
  expect(stderr).toMatch(/not a git repository/)
})
