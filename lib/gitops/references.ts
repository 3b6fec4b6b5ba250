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

/** The current bump of every place in a branch, and as many earlier ones as a rollback may restore; none of previews. */
export function recentBumps(log: LoggedCommit[], rollbacks: number): PastBump[] {
  const releases = log.filter(({ trailers }) => trailers.kind !== "preview")
  const places = releases.flatMap(({ trailers }) =>
    trailers.bumps.map(({ path, image }) => JSON.stringify([path, image])),
  )
  return [...new Set(places)].flatMap((place) => {
    const [path, image] = JSON.parse(place)
    return bumpsOf(releases, { path, image }).slice(0, rollbacks + 1)
  })
}

const WORD = new RegExp(TAG, "g")

/**
 * Those of the words that occur in the text as whole tags, not as parts of longer ones; punctuation may follow. In any case:
 * Gitea's registry has a tag in lower case, whatever the manifests write.
 */
export function wordsIn(text: string, words: string[]): string[] {
  const whole = text.toLowerCase().match(WORD) ?? []
  const found = new Set([...whole, ...whole.map((word) => word.replace(/[.-]+$/, ""))])
  return words.filter((word) => found.has(word.toLowerCase()))
}

/**
 * WORDS GIT...: prints each line of the file WORDS that GIT... finds as a whole word. The filter runs next to the checkout,
 * because a short word such as the tag "1" can match most of a repository. git's exit code 1 means that it found nothing;
 * any other failure ends the program.
 */
export const FIND_WORDS = readText(new URL("./find-words.sh", import.meta.url))

/** The tags to search the files for, how many earlier bumps a rollback may restore, and folders not to search. */
export type ReferenceQuery = { branches: string[]; words: string[]; rollbacks: number; without?: string[] }

/** The images that branches name: digests and words in their files, and digests that current and earlier bumps wrote. */
export type References = { digests: Digest[]; words: string[]; bumps: DigestRef[] }

/** Reads every image that the branches of a GitOps repository name. */
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
  { words, rollbacks, without }: ReferenceQuery,
  { access, image, run }: Omit<BumpContext, "signing">,
): Promise<References> {
  const [branch, attempt] = [parseGitBranch(name), { run, tries: 0 } satisfies Attempt]
  const checkout = await cloneBranch(await gitContainer(image, access), { url: access.remote.url, branch }, attempt)
  const [digests, lines, log] = await Promise.all([
    grep(checkout, grepDigestsArgs(without)),
    words.length ? grep(withWords(checkout, words), findWordsArgs(without)) : "",
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

/** Exit code 1 means that nothing matches; any other failure must not read as "no image is in use". */
async function grep(checkout: Container, args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runTool(checkout, args)
  if (exitCode === 0 || (exitCode === 1 && stderr === "")) return stdout
  throw gitFailure("a search of the branch's files", stderr)
}

function unique<T>(items: T[]): T[] {
  return [...new Set(items)]
}
