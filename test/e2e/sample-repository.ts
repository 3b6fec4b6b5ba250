import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url))
/** The same commit each time, so that the engine can use its cache. */
const WHEN = "2026-01-01T00:00:00Z"

/** A user's clone of a sample: without changes, and with a remote. */
export type SampleRepository = {
  folder: string
  commit: () => string
  read: (path: string) => string
  /** The changed files. */
  changed: () => string[]
  /** Edits slipway.yaml as its user does; fails if a line to replace is missing. */
  edit: (path: string, changes: [string | RegExp, string][]) => void
}

export function sampleRepository(sample: string): SampleRepository {
  const folder = mkdtempSync(join(tmpdir(), `slipway-${sample}-`))
  const filter = (path: string) => basename(path) !== "slipway.yaml" // the user does not have one yet
  cpSync(join(EXAMPLES, sample), folder, { recursive: true, filter })
  const who = ["-c", "user.name=User", "-c", "user.email=user@example.com"]
  const env = { ...process.env, GIT_AUTHOR_DATE: WHEN, GIT_COMMITTER_DATE: WHEN }
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...who, ...args], { encoding: "utf8", env })
  const commit = () => {
    git("add", ".")
    git("commit", "--no-gpg-sign", "--quiet", "--message=work")
    return git("rev-parse", "HEAD").trim()
  }
  git("init", "--quiet", "--initial-branch=main")
  git("remote", "add", "origin", `https://github.com/acme/${sample}`)
  commit()
  const read = (path: string) => readFileSync(join(folder, path), "utf8")
  return {
    folder,
    commit,
    read,
    changed: () => git("ls-files", "--others", "--modified", "--exclude-standard").trim().split("\n"),
    edit: (path, changes) => writeFileSync(join(folder, path), edited(read(path), changes)),
  }
}

function edited(text: string, changes: [string | RegExp, string][]): string {
  return changes.reduce((before, [from, to]) => {
    const after = before.replace(from, to)
    if (after === before) throw new Error(`expected ${from} in the file, got:\n${before}`)
    return after
  }, text)
}

/** The files of a sample's folder, for a GitOps repository. */
export function sampleFiles(path: string): Record<string, string> {
  const names = readdirSync(join(EXAMPLES, path), { recursive: true, encoding: "utf8" })
  const files = names.filter((name) => statSync(join(EXAMPLES, path, name)).isFile())
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(EXAMPLES, path, name), "utf8")]))
}
