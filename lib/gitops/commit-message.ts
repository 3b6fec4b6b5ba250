import { quote, SlipwayError } from "../error.ts"
import { type DigestRef, DigestRef as DigestRefSchema } from "../oci/reference.ts"

export const DEFAULT_MESSAGE = "Bump {image} to {digest} in {path}"

/** One value that a commit changed: the image, its place and its new digest. */
export type BumpTrailer = { path: string; image: string; ref: DigestRef }

/**
 * The source of the image. `order` grows with the source's history: its commit time in Unix seconds, or a build number.
 * `refresh` is when the run began that built a commit again on newer bases, in Unix seconds.
 */
export type SourceRevision = { repository?: string; revision?: string; order?: number; refresh?: number }

/**
 * Why a commit was made: a rollback must not be overwritten by a pipeline of the same source that it reverted, and a preview
 * is no deployment of a release.
 */
export type BumpKind = (typeof KINDS)[number]
const KINDS = ["bump", "promotion", "rollback", "preview"] as const

/** The data in a commit that the next bump reads. */
export type BumpTrailers = { kind: BumpKind; bumps: BumpTrailer[]; source: SourceRevision; pipeline?: string }

/** The last paragraph of the commit message: https://git-scm.com/docs/git-interpret-trailers */
export function renderTrailers({ kind, bumps, source, pipeline }: BumpTrailers): string {
  return [
    ...bumps.map(({ path, image, ref }) => `Slipway-Bump: ${encodeURI(path)} ${encodeURI(image)} ${ref}`),
    ...(kind === "bump" ? [] : [`Slipway-Kind: ${kind}`]),
    ...(source.repository ? [`Source-Repository: ${source.repository}`] : []),
    ...(source.revision ? [`Source-Revision: ${source.revision}`] : []),
    ...(source.order === undefined ? [] : [`Source-Order: ${source.order}`]),
    ...(source.refresh === undefined ? [] : [`Source-Refresh: ${source.refresh}`]),
    ...(pipeline ? [`Pipeline: ${pipeline}`] : []),
  ].join("\n")
}

/** Reads trailers anywhere in the message: a forge that squashes adds text around them. */
export function parseTrailers(message: string): BumpTrailers {
  const repository = trailer(message, "Source-Repository")
  const revision = trailer(message, "Source-Revision")
  const order = numberTrailer(message, "Source-Order")
  const refresh = numberTrailer(message, "Source-Refresh")
  const pipeline = trailer(message, "Pipeline")
  const kind = trailer(message, "Slipway-Kind")
  return {
    kind: KINDS.find((known) => known === kind) ?? "bump",
    bumps: trailers(message, "Slipway-Bump").flatMap(parseBump),
    source: {
      ...(repository && { repository }),
      ...(revision && { revision }),
      ...(order !== undefined && { order }),
      ...(refresh !== undefined && { refresh }),
    },
    ...(pipeline && { pipeline }),
  }
}

function parseBump(value: string): BumpTrailer[] {
  const [path, image, text, ...more] = value.split(" ")
  const ref = DigestRefSchema.safeParse(text)
  if (!path || !image || !ref.success || more.length > 0) return []
  return [{ path: decodeText(path), image: decodeText(image), ref: ref.data }]
}

/** An invalid escape in a trailer must not stop the next bump. */
function decodeText(text: string): string {
  try {
    return decodeURI(text)
  } catch {
    return text
  }
}

function trailer(message: string, key: string): string | undefined {
  return trailers(message, key).at(-1)
}

function numberTrailer(message: string, key: string): number | undefined {
  const text = trailer(message, key)
  return text && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}

function trailers(message: string, key: string): string[] {
  const shape = new RegExp(`^${key}: (.+?)\\r?$`, "s") // git ends a line with a line feed only
  return message.split("\n").flatMap((line) => line.match(shape)?.[1] ?? [])
}

/** Author and committer; `signOff` adds the line that the Developer Certificate of Origin requires. */
export type Author = { name: string; email: string; signOff: boolean }

const PLACES = ["image", "digest", "path", "ref", "revision", "order", "pipeline"]

/** Refuses a mistyped placeholder before it becomes part of the history. */
export function parseMessageTemplate(template: string): string {
  const unknown = placeholders(template).filter((name) => !PLACES.includes(name))
  if (template.trim() && unknown.length === 0) return template
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a commit message whose placeholders are among ${PLACES.map((name) => `{${name}}`).join(" ")}`,
    got: unknown.length > 0 ? unknown.map((name) => `{${name}}`).join(" ") : quote(template),
    fix: `Correct --message, or omit it for ${quote(DEFAULT_MESSAGE)}.`,
  })
}

/** Refuses characters that would end the author's header early or inject a trailer. */
export function parseAuthor({ name, email, signOff }: Author): Author {
  if (/^[^<>\p{Cc}]+$/u.test(name.trim()) && /^[^<>\s]+@[^<>\s]+$/.test(email))
    return { name: name.trim(), email, signOff }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an author's name and email address, each on one line and without < or >",
    got: `${quote(name)} and ${quote(email)}`,
    fix: "Correct --author-name and --author-email.",
  })
}

/** Renders the caller's text, followed by the trailers that the next bump reads. */
export function renderMessage(
  template: string,
  { trailers, author }: { trailers: BumpTrailers; author: Author },
): string {
  const values = placeholderValues(trailers)
  const text = template.replaceAll(/\{([a-z]+)\}/g, (place, name: string) => values[name] ?? place).trim()
  const signOff = author.signOff ? [`Signed-off-by: ${author.name} <${author.email}>`] : []
  return `${text}\n\n${[renderTrailers(trailers), ...signOff].join("\n")}\n`
}

function placeholderValues({ bumps, source, pipeline }: BumpTrailers): Record<string, string> {
  return {
    image: list(bumps.map(({ image }) => image)),
    path: list(bumps.map(({ path }) => path)),
    ref: list(bumps.map(({ ref }) => ref)),
    digest: list(bumps.map(({ ref }) => shortDigest(ref))),
    revision: source.revision ?? "",
    order: source.order?.toString() ?? "",
    pipeline: pipeline ?? "",
  }
}

/** Twelve digits identify an image for a reader; the trailer has the whole digest. */
function shortDigest(ref: DigestRef): string {
  return ref.replace(/^.*@sha256:([0-9a-f]{12}).*$/, "$1")
}

function list(values: string[]): string {
  return [...new Set(values)].join(", ")
}

function placeholders(template: string): string[] {
  return [...template.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name ?? "")
}
