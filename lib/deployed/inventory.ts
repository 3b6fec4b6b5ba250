import type { Container } from "@dagger.io/dagger"
import { readText } from "../config/file.ts"
import { groupBy } from "../config/group.ts"
import { mapConcurrently } from "../engine/concurrency.ts"
import type { Run } from "../engine/tool.ts"
import { quote, SlipwayError } from "../error.ts"
import { type GitAccessInput, openRepository } from "../gitops/bump-gitops.ts"
import { gitContainer } from "../gitops/git/access.ts"
import { CHANGES_PATHS, imageFilesArgs, lastChangesArgs, matchPathsArgs, printFilesArgs } from "../gitops/git/args.ts"
import { cloneBranch, deepen, readLog } from "../gitops/git/checkout.ts"
import { gitFailure, runTool } from "../gitops/git/exec.ts"
import { type LoggedCommit, parseLog } from "../gitops/git/output.ts"
import { parseGitBranch } from "../gitops/git/remote.ts"
import { type Digest, splitDigestRef } from "../oci/reference.ts"
import { type ImageReference, referencesIn, withoutReplaced } from "./image-references.ts"

/** The files of branches that name the deployed images; no path means the whole branch. */
export type DeployedPlace = { git: GitAccessInput; branches: string[]; paths: string[] }

/** Since when an environment has its image: the last commit that changed the value. The time is UTC. */
export type DeployedSince = {
  commit: string
  time: string
  author: string
  /** How it was written, if Slipway wrote it. */
  kind?: LoggedCommit["trailers"]["kind"]
  source?: { repository?: string; revision?: string }
}

/** A file of a branch that names an image. */
export type Environment = { repo: string; branch: string; path: string; since?: DeployedSince }

/** An image as files name it, and where. */
export type NamedImage = ImageReference & { environments: Environment[] }

/** Everything that the branches name. `unnamed` are digests that are no image, such as those of charts, or that no file gives a repository for. */
export type Inventory = { images: NamedImage[]; unnamed: (Environment & { digest: Digest })[] }

type InventoryOptions = { gitImage: string; run: Run }

/** Reads the images of all places. A place that names no image is no error, but none in all of them is one. */
export async function readInventory(places: DeployedPlace[], options: InventoryOptions): Promise<Inventory> {
  const branches = places.flatMap((place) => place.branches.map((branch) => ({ ...place, branch })))
  const read = await mapConcurrently(branches, (place) => readBranch(place, options))
  const images = mergeImages(read.flatMap((one) => one.images))
  if (images.length > 0) return { images, unnamed: read.flatMap((one) => one.unnamed) }
  throw new SlipwayError("IMAGE_NOT_FOUND", {
    expected: `an image in the files of ${branches.map(({ git, branch }) => `${branch} of ${git.repo}`).join(" and ")}`,
    got: "none",
    fix: "Check the repository, the branches and the paths of what is deployed; no image was scanned.",
  })
}

/** An image once, with all environments that name it in the same way. */
export function mergeImages(images: NamedImage[]): NamedImage[] {
  const groups = groupBy(images, ({ name, tag, digest }) => JSON.stringify([name, digest ?? tag]))
  return groups.map(([first, ...others]) => ({
    ...first,
    environments: [first, ...others].flatMap(({ environments }) => environments),
  }))
}

type BranchPlace = Omit<DeployedPlace, "branches"> & { branch: string }

async function readBranch({ git, branch: name, paths }: BranchPlace, options: InventoryOptions): Promise<Inventory> {
  const [branch, attempt] = [parseGitBranch(name), { run: options.run, tries: 0 }]
  const { access } = await openRepository(git)
  const tip = await gitContainer(options.gitImage, access)
  const checkout = await cloneBranch(tip, { url: access.remote.url, branch }, attempt)
  if (paths.length > 0) await requirePaths(checkout, paths)
  const [files, whole] = await Promise.all([
    readFiles(checkout, paths),
    deepen(checkout, { branch, since: "everything" }, attempt),
  ])
  const found = withoutReplaced(files.map(({ path, text }) => ({ path, found: referencesIn(path, text) })))
  const bumped = new Map((await readLog(whole, [])).flatMap(({ trailers }) => trailers.bumps.map(bumpedName)))
  const sightings = found.flatMap(({ path, found: { images, unnamed } }) => [
    ...images.map((image) => ({ path, image })),
    ...unnamed.map((digest) => ({ path, image: { name: bumped.get(digest) ?? "", digest } })),
  ])
  const since = await readLastChanges(whole, sightings)
  const seen = sightings.map(({ path, image }, at) => {
    const change = since[at]
    return { image, environment: { repo: access.remote.url, branch, path, ...(change && { since: change }) } }
  })
  return {
    images: seen.flatMap(({ image, environment }) => (image.name ? [{ ...image, environments: [environment] }] : [])),
    unnamed: seen.flatMap(({ image: { name, digest }, environment }) =>
      !name && digest ? [{ ...environment, digest }] : [],
    ),
  }
}

/** A bump says the repository of a digest that stands alone in its file. */
function bumpedName({ ref }: LoggedCommit["trailers"]["bumps"][number]): [Digest, string] {
  const { repository, digest } = splitDigestRef(ref)
  return [digest, repository.name]
}

async function requirePaths(checkout: Container, paths: string[]): Promise<void> {
  const { exitCode, stderr } = await runTool(checkout, matchPathsArgs(paths))
  if (exitCode === 0) return
  const [, path] = stderr.match(/pathspec '(?::\([^)]*\))?([^']*)' did not match/) ?? []
  if (path === undefined) throw gitFailure("to list the branch's files", stderr)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "paths of files or folders in the branch",
    got: quote(path),
    fix: "Correct the path: nothing would be scanned there.",
  })
}

/** Exit code 1 means that no file has an image; any other failure must not read as "nothing is deployed". */
async function readFiles(checkout: Container, paths: string[]): Promise<{ path: string; text: string }[]> {
  const listed = await runTool(checkout, imageFilesArgs(paths))
  if (listed.exitCode === 1 && listed.stderr === "") return []
  if (listed.exitCode !== 0) throw gitFailure("a search of the branch's files", listed.stderr)
  const printed = await runTool(checkout, printFilesArgs(listed.stdout.split("\0").filter(Boolean)))
  if (printed.exitCode !== 0) throw gitFailure("to read the branch's files", printed.stderr)
  return parseFiles(printed.stdout)
}

/** Reads the output of printFilesArgs: each line has the file's name, a null byte and the text. */
export function parseFiles(stdout: string): { path: string; text: string }[] {
  const lines = stdout.split("\n").flatMap((line) => {
    const at = line.indexOf("\0")
    return at < 0 ? [] : [{ path: line.slice(0, at), line: line.slice(at + 1) }]
  })
  return groupBy(lines, ({ path }) => path).map((group) => ({
    path: group[0].path,
    text: group.map(({ line }) => `${line}\n`).join(""),
  }))
}

type Sighting = { path: string; image: ImageReference }

/**
 * QUERIES GIT...: for each line of the file QUERIES, a text, a tab and a path, prints "@" with its number and what git finds
 * of the text in the path. One program asks all questions, because each exec of its own takes as long as hundreds of them.
 */
export const FIND_CHANGES = readText(new URL("./last-changes.sh", import.meta.url))

async function readLastChanges(checkout: Container, sightings: Sighting[]): Promise<(DeployedSince | undefined)[]> {
  if (sightings.length === 0) return []
  const queries = sightings.map(({ path, image: { digest, tag, name } }) => `${digest ?? tag ?? name}\t${path}\n`)
  const ready = checkout
    .withNewFile(CHANGES_PATHS.queries, queries.join(""))
    .withNewFile(CHANGES_PATHS.program, FIND_CHANGES, { permissions: 0o755 })
  const { exitCode, stdout, stderr } = await runTool(ready, lastChangesArgs())
  if (exitCode !== 0) throw gitFailure("to read the history of the branch's files", stderr)
  return parseLastChanges(
    stdout,
    sightings.map(({ image }) => image.digest),
  )
}

/** Reads the output of the program: a commit, or none, for each query, which is about one of the digests or about a tag. */
export function parseLastChanges(stdout: string, digests: (Digest | undefined)[]): (DeployedSince | undefined)[] {
  const [, ...outputs] = stdout.split(/^@[0-9]+\n/m)
  return outputs.map((text, at) => {
    const [logged] = parseLog(text)
    return logged && sinceOf(logged, digests[at])
  })
}

/** The trailers of a bump are about the images that it names only. */
function sinceOf({ commit, time, author, trailers }: LoggedCommit, digest?: Digest): DeployedSince {
  const written = { commit, time: new Date(time * 1000).toISOString(), author }
  if (!trailers.bumps.some(({ ref }) => splitDigestRef(ref).digest === digest)) return written
  const { order: _, ...source } = trailers.source
  return { ...written, kind: trailers.kind, ...((source.revision ?? source.repository) && { source }) }
}
