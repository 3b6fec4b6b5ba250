/** What `git pull --ff-only` found: whether the branch moved, and between which commits. */
export type Pulled =
  | { status: "same" }
  | { status: "moved"; from: string; to: string }
  | { status: "rewritten" }
  | { status: "failed" }

const MOVED = /^Updating ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})$/m

export function parsePull({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): Pulled {
  const [, from, to] = stdout.match(MOVED) ?? []
  if (exitCode === 0 && from && to) return { status: "moved", from, to }
  if (exitCode === 0) return { status: "same" }
  return /Not possible to fast-forward|unrelated histories|Diverging branches/.test(stderr)
    ? { status: "rewritten" }
    : { status: "failed" }
}

/** The commit that `git commit` made, from its first line: `[main (root-commit) <hash>] <subject>`. */
export function parseCommit(stdout: string): string | undefined {
  return stdout.match(/^\[.*? ([0-9a-f]{40,64})\] /m)?.[1]
}
