import type { Container } from "@dagger.io/dagger"
import { readText } from "../config/file.ts"
import { type Digest, type DigestRef, digestsIn, TAG } from "../oci/reference.ts"
import type { BumpContext } from "./context.ts"
import { gitContainer } from "./git/access.ts"
import { findWordsArgs, grepDigestsArgs, WORDS_PATHS } from "./git/args.ts"
import { cloneBranch, deepen, readLog } from "./git/checkout.ts"
import { type Attempt, gitFailure, runTool } from "./git/exec.ts"
import type { LoggedCommit } from "./git/output.ts"
import { parseGitBranch } from "./git/remote.ts"
import { bumpsOf, type PastBump } from "./history.ts"

/** The bumps of every place in a branch: what was written last, and as many before as somebody may go back to. */
export function recentBumps(log: LoggedCommit[], rollbacks: number): PastBump[] {
  const places = log.flatMap(({ trailers }) => trailers.bumps.map(({ path, image }) => JSON.stringify([path, image])))
  return [...new Set(places)].flatMap((place) => {
    const [path, image] = JSON.parse(place)
    return bumpsOf(log, { path, image }).slice(0, rollbacks + 1)
  })
}

const WORD = new RegExp(TAG, "g")

/** Those of the words that stand in the text as a whole, and not as a part of another tag; a sentence may end after one. */
export function wordsIn(text: string, words: string[]): string[] {
  const whole = text.match(WORD) ?? []
  const found = new Set([...whole, ...whole.map((word) => word.replace(/[.-]+$/, ""))])
  return words.filter((word) => found.has(word))
}

/**
 * Prints each of the words in a file, one a line, that GIT... finds: WORDS GIT... A repository that is full of short words,
 * such as the tag "1", is looked through here, where it lies, and only what was looked for leaves. A sentence may end after
 * a word. That git finds nothing is an answer (1); any other failure ends it.
 */
export const FIND_WORDS = readText(new URL("./find-words.sh", import.meta.url))

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
