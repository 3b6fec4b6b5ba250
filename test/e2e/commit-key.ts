import { randomUUID } from "node:crypto"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keyPair } from "./engine-git-server.ts"

/** A key that signs commits, with a password. */
export type CommitKey = {
  file: string
  text: string
  password: string
  /** Fails unless git verifies that this key signed the commit. `git` runs in a repository with the commit. */
  verify: (commit: string, git: (...args: string[]) => string) => void
}

export function makeCommitKey(): CommitKey {
  const folder = mkdtempSync(join(tmpdir(), "slipway-commit-"))
  const password = `commit-password-${randomUUID()}`
  const { publicKey } = keyPair(folder, "key", password)
  const [file, allowed] = [join(folder, "key"), join(folder, "allowed")]
  writeFileSync(allowed, `slipway@noreply.invalid ${publicKey}\n`)
  return {
    ...{ file, text: readFileSync(file, "utf8"), password },
    verify: (commit, git) => void git("-c", `gpg.ssh.allowedSignersFile=${allowed}`, "verify-commit", commit),
  }
}
