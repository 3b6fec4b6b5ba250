import type { Container } from "@dagger.io/dagger"
import { type Digest, type DigestRef, digestsIn } from "../oci/reference.ts"
import { gitContainer } from "./access.ts"
import type { BumpContext } from "./bump-context.ts"
import { cloneBranch, deepen, readLog } from "./checkout.ts"
import { type Attempt, runTool } from "./exec.ts"
import { FIND_WORDS } from "./find-words.ts"
import { findWordsArgs, grepDigestsArgs, WORDS_PATHS } from "./git-args.ts"
import { parseGitBranch } from "./git-branch.ts"
import { gitFailure } from "./git-failure.ts"
import { recentBumps, wordsIn } from "./reference.ts"

/** What to look for: tags that may stand in the files, and how many bumps back a rollback may want to go. */
export type ReferenceQuery = { branches: string[]; words: string[]; rollbacks: number }

/** What branches name: digests and words in their files, whatever wrote them, and what bumps wrote, now and before. */
export type References = { digests: Digest[]; words: string[]; bumps: DigestRef[] }

/** Every image that a GitOps repository's branches name, as far as names can tell. */
export async function readReferences(
  query: ReferenceQuery,
  context: Omit<BumpContext, "signing">,
): Promise<References> {
  const read = await Promise.all(query.branches.map((branch) => readBranch(branch, query, context)))
  const all = read.flat()
  return {
    digests: unique(all.flatMap(({ digests }) => digests)),
    words: unique(all.flatMap(({ words }) => words)),
    bumps: unique(all.flatMap(({ bumps }) => bumps)),
  }
}

async function readBranch(
  name: string,
  { words, rollbacks }: ReferenceQuery,
  { access, image, run }: Omit<BumpContext, "signing">,
): Promise<References> {
  const [branch, attempt] = [parseGitBranch(name), { run, tries: 0 } satisfies Attempt]
  const checkout = await cloneBranch(await gitContainer(image, access), { url: access.remote.url, branch }, attempt)
  const [digests, lines, log] = await Promise.all([
    grep(checkout, grepDigestsArgs()),
    words.length ? grep(withWords(checkout, words), findWordsArgs()) : "",
    deepen(checkout, { branch, since: "everything" }, attempt).then((whole) => readLog(whole, [])),
  ])
  return {
    digests: digestsIn(digests),
    words: wordsIn(lines, words),
    bumps: recentBumps(log, rollbacks).map(({ ref }) => ref),
  }
}

function withWords(checkout: Container, words: string[]): Container {
  return checkout
    .withNewFile(WORDS_PATHS.words, words.map((word) => `${word}\n`).join(""))
    .withNewFile(WORDS_PATHS.program, FIND_WORDS, { permissions: 0o755 })
}

/** git's "nothing found" is an answer; anything else that is no success would read as "nothing is in use". */
async function grep(checkout: Container, args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runTool(checkout, args)
  if (exitCode === 0 || (exitCode === 1 && stderr === "")) return stdout
  throw gitFailure("what the branch names", stderr)
}

function unique<T>(items: T[]): T[] {
  return [...new Set(items)]
}
