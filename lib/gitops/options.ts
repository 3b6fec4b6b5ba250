import { DEFAULT_AUTHOR, DEFAULT_EMAIL, DEFAULT_MESSAGE, DEFAULT_TIMEOUT } from "../../src/defaults.ts"
import { quote, SlipwayError } from "../error.ts"
import { digestOf, digestRef, parseDigestRef, parseRepository, TAG } from "../oci/reference.ts"
import { parseAuthor, parseMessageTemplate, type SourceRevision } from "./commit-message.ts"
import { type EditTarget, parseEdit } from "./edit/edit.ts"
import { parseGitBranch } from "./git/remote.ts"
import type { Place } from "./history.ts"
import { parseKustomizeOptions } from "./overlay/kustomize.ts"
import { type ImageChange, parseImageName } from "./overlay/verdict.ts"
import { type BumpChange, type BumpRequest, parseRepositoryPath, type RepositoryPath, trailersOf } from "./request.ts"

/** One overlay's bump as a caller writes it; nothing is read or cloned before all of it is valid. */
export type BumpOptions = {
  path: string
  image: string
  ref: string
  branch: string
  /** Shown wherever there is room for it. */
  tag?: string
  /** Written only into values that have a tag already, or cannot do without one. */
  spareTag?: string
  /** Edits of files instead of the overlay: EDIT of the file at `path`, or FILE#EDIT. */
  edits?: string[]
  /** Options of kustomize build, as the overlay's controller has them. */
  kustomizeOptions?: string[]
  sourceRepository?: string
  sourceRevision?: string
  sourceOrder?: number
  pipeline?: string
} & CommitOptions

/** How the commit is written, and how long its tries may take together. */
export type CommitOptions = {
  message?: string
  authorName?: string
  authorEmail?: string
  signOff?: boolean
  timeout?: number
}

export function parseBumpOptions(options: BumpOptions): BumpRequest {
  const { tag, spareTag, pipeline, timeout = DEFAULT_TIMEOUT } = options
  const image = {
    image: parseImageName(options.image),
    ref: parseDigestRef(options.ref),
    ...(tag && { tag: parseTag(tag) }),
    ...(spareTag && { spareTag: parseTag(spareTag) }),
  }
  return {
    kind: "bump",
    branch: parseGitBranch(options.branch),
    changes: parseChanges(options, image),
    source: parseSource(options),
    ...(pipeline && { pipeline: oneLine("--pipeline", pipeline) }),
    message: parseMessageTemplate(options.message ?? DEFAULT_MESSAGE),
    author: parseAuthor({
      name: options.authorName ?? DEFAULT_AUTHOR,
      email: options.authorEmail ?? DEFAULT_EMAIL,
      signOff: options.signOff ?? false,
    }),
    timeout: parseTimeout(timeout),
  }
}

/** No image has this digest, so a bump to it would change every value that there is. */
export const NO_IMAGE = digestRef(parseRepository("registry.invalid/none"), digestOf(""))

/** Where a bump's first change stands, as its commit's trailer names it. */
export function parsePlace({ path, edits, image }: Pick<BumpOptions, "path" | "edits" | "image">): Place {
  const change = { image: parseImageName(image), ref: NO_IMAGE }
  const [place] = parseChanges({ path, ...(edits && { edits }) }, change).flatMap(trailersOf)
  return { path: place?.path ?? path, image: change.image }
}

/** Edits of the same file are one change; without any, the path is that of an overlay. */
function parseChanges(
  { path, edits = [], kustomizeOptions = [] }: Pick<BumpOptions, "path" | "edits" | "kustomizeOptions">,
  image: ImageChange,
): BumpChange[] {
  const options = parseKustomizeOptions(kustomizeOptions)
  if (edits.length === 0) {
    const overlay = { kind: "overlay" as const, path: parseRepositoryPath(path), images: [image] }
    return [{ ...overlay, ...(options.length && { options }) }]
  }
  const byFile = new Map<RepositoryPath, EditTarget[]>()
  for (const text of edits) {
    const [, file, edit] = text.match(/^([^#]+)#(.+)$/s) ?? [text, path, text]
    const key = parseRepositoryPath(file ?? path)
    byFile.set(key, [...(byFile.get(key) ?? []), parseEdit(edit ?? text)])
  }
  return [...byFile].map(([file, targets]) => ({ kind: "file", path: file, edits: targets, image }))
}

function parseSource({ sourceRepository, sourceRevision, sourceOrder }: BumpOptions): SourceRevision {
  if (sourceOrder !== undefined && !(Number.isSafeInteger(sourceOrder) && sourceOrder > 0)) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "--source-order to be the source commit's time in Unix seconds, or a build number",
      got: String(sourceOrder),
      fix: "`git show -s --format=%ct HEAD` prints the time.",
    })
  }
  return {
    ...(sourceRepository && { repository: oneLine("--source-repository", sourceRepository) }),
    ...(sourceRevision && { revision: oneLine("--source-revision", sourceRevision) }),
    ...(sourceOrder !== undefined && { order: sourceOrder }),
  }
}

/** What becomes a trailer may not bring one of its own, nor a login that would stay in the history. */
function oneLine(flag: string, text: string): string {
  const value = text.trim().replace(/^(https?:\/\/)[^/@\s]*@/, "$1")
  if (!/\p{Cc}/u.test(value) && value.length <= 2000) return value
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `one line for ${flag}`,
    got: quote(text),
    fix: "It becomes a trailer of the commit.",
  })
}

function parseTag(text: string): string {
  if (new RegExp(`^${TAG}$`).test(text)) return text
  throw new SlipwayError("TAG_INVALID", {
    expected: "a tag of at most 128 letters, digits, dots, dashes and underscores",
    got: quote(text),
    fix: "It stands beside the digest for people to read; leave --tag out for the digest alone.",
  })
}

function parseTimeout(timeout: number): number {
  if (timeout >= 1 && timeout <= 3600) return timeout
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a timeout between 1 and 3600 seconds",
    got: String(timeout),
    fix: `Leave it out for ${DEFAULT_TIMEOUT} seconds.`,
  })
}
