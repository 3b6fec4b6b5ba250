import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

type Commit = { branch: string; tags: string[]; files?: Record<string, string> }

/** A checkout of one commit, on a branch and with tags. */
export function commitFolder({ branch, tags, files = {} }: Commit): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-commit-"))
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...who, ...args], { stdio: "ignore" })
  git("init", `--initial-branch=${branch}`)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  git("add", "--all")
  git("commit", "--allow-empty", "--no-gpg-sign", "-m", "seed")
  for (const tag of tags) git("tag", tag)
  return folder
}
