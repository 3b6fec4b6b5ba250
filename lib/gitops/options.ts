import { quote, SlipwayError } from "../error.ts"
import { digestOf, digestRef, parseDigestRef, parseRepository, TAG } from "../oci/reference.ts"
import {
  type BumpKind,
  DEFAULT_MESSAGE,
  parseAuthor,
  parseMessageTemplate,
  type SourceRevision,
} from "./commit-message.ts"
import { type EditTarget, parseEdit } from "./edit/edit.ts"
import { parseGitBranch } from "./git/remote.ts"
import type { Place } from "./history.ts"
import { parseKustomizeOptions } from "./overlay/kustomize.ts"
import { type ImageChange, parseImageName } from "./overlay/verdict.ts"
import { type BumpChange, type BumpRequest, parseRepositoryPath, type RepositoryPath, trailersOf } from "./request.ts"

export const DEFAULT_AUTHOR = "slipway"
export const DEFAULT_EMAIL = "slipway@noreply.invalid"
/** In seconds. */
export const DEFAULT_TIMEOUT = 300

/** One bump as a caller passes it; nothing is read or cloned before all of it is valid. */
export type BumpOptions = {
  path: string
  image: string
  ref: string
  branch: string
  /** Written wherever a value can hold a tag. */
  tag?: string
  /** Written only into values that have a tag or require one. */
  spareTag?: string
  /** Edits of files instead of an overlay: EDIT of the file at `path`, or FILE#EDIT. */
  edits?: string[]
  /** The overlay to copy where the one at `path` does not exist yet. */
  template?: { path: string; number: number }
  /** Default bump. */
  kind?: BumpKind
  /** Options of kustomize build, as the overlay's controller passes them. */
  kustomizeOptions?: string[]
  sourceRepository?: string
  sourceRevision?: string
  sourceOrder?: number
  /** When the run began that built the commit again on newer bases, in Unix seconds. */
  sourceRefresh?: number
  pipeline?: string
} & CommitOptions

/** Message and author of the commit, and the time limit of all tries together. */
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
    kind: options.kind ?? "bump",
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

/** No image has this digest, so a bump to it changes every value. */
export const NO_IMAGE = digestRef(parseRepository("registry.invalid/none"), digestOf(""))

/** Returns the place of a bump's first change, as its commit's trailer names it. */
export function parsePlace({ path, edits, image }: Pick<BumpOptions, "path" | "edits" | "image">): Place {
  const change = { image: parseImageName(image), ref: NO_IMAGE }
  const [place] = parseChanges({ path, ...(edits && { edits }) }, change).flatMap(trailersOf)
  return { path: place?.path ?? path, image: change.image }
}

type ChangeOption = "path" | "edits" | "kustomizeOptions" | "template"

/** Edits of one file are one change; without edits, the path is an overlay. */
function parseChanges(
  { path, edits = [], kustomizeOptions = [], template }: Pick<BumpOptions, ChangeOption>,
  image: ImageChange,
): BumpChange[] {
  const options = parseKustomizeOptions(kustomizeOptions)
  if (edits.length === 0) {
    const overlay = { kind: "overlay" as const, path: parseRepositoryPath(path), images: [image] }
    const copied = template && { template: { ...template, path: parseRepositoryPath(template.path) } }
    return [{ ...overlay, ...(options.length && { options }), ...copied }]
  }
  const byFile = new Map<RepositoryPath, EditTarget[]>()
  for (const text of edits) {
    const [, file, edit] = text.match(/^([^#]+)#(.+)$/s) ?? [text, path, text]
    const key = parseRepositoryPath(file ?? path)
    byFile.set(key, [...(byFile.get(key) ?? []), parseEdit(edit ?? text)])
  }
  return [...byFile].map(([file, targets]) => ({ kind: "file", path: file, edits: targets, image }))
}

function parseSource({ sourceRepository, sourceRevision, sourceOrder, sourceRefresh }: BumpOptions): SourceRevision {
  if (sourceOrder !== undefined && !(Number.isSafeInteger(sourceOrder) && sourceOrder > 0)) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "--source-order as the source commit's time in Unix seconds, or as a build number",
      got: String(sourceOrder),
      fix: "Pass the time that `git show -s --format=%ct HEAD` prints.",
    })
  }
  return {
    ...(sourceRepository && { repository: oneLine("--source-repository", sourceRepository) }),
    ...(sourceRevision && { revision: oneLine("--source-revision", sourceRevision) }),
    ...(sourceOrder !== undefined && { order: sourceOrder }),
    ...(sourceRefresh !== undefined && { refresh: sourceRefresh }),
  }
}

/** A trailer's value must not inject another trailer, or leave a login in the history. */
function oneLine(flag: string, text: string): string {
  const value = text.trim().replace(/^(https?:\/\/)[^/@\s]*@/, "$1")
  if (!/\p{Cc}/u.test(value) && value.length <= 2000) return value
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `one line for ${flag}`,
    got: quote(text),
    fix: `Shorten ${flag} to one line of at most 2000 characters: it becomes a trailer of the commit.`,
  })
}

function parseTag(text: string): string {
  if (new RegExp(`^${TAG}$`).test(text)) return text
  throw new SlipwayError("TAG_INVALID", {
    expected: "a tag of at most 128 letters, digits, dots, dashes and underscores",
    got: quote(text),
    fix: "Correct --tag, or omit it to write the digest alone: the tag is only for readers.",
  })
}

function parseTimeout(timeout: number): number {
  if (timeout >= 1 && timeout <= 3600) return timeout
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a timeout between 1 and 3600 seconds",
    got: String(timeout),
    fix: `Correct the timeout, or omit it for ${DEFAULT_TIMEOUT} seconds.`,
  })
}
