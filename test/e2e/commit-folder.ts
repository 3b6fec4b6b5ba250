import { execFileSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A checkout of one commit, on a branch and with tags. */
export function commitFolder({ branch, tags }: { branch: string; tags: string[] }): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-commit-"))
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...who, ...args], { stdio: "ignore" })
  git("init", `--initial-branch=${branch}`)
  git("commit", "--allow-empty", "--no-gpg-sign", "-m", "seed")
  for (const tag of tags) git("tag", tag)
  return folder
}
