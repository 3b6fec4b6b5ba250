import { DEFAULT_MESSAGE } from "../../src/defaults.ts"
import { quote, SlipwayError } from "../error.ts"
import { type DigestRef, DigestRef as DigestRefSchema } from "../oci/reference.ts"

/** One value that a commit moved: which image, where, to what. */
export type BumpTrailer = { path: string; image: string; ref: DigestRef }

/** Where the image came from. `order` grows with the source's history: its commit time in Unix seconds, or a build number. */
export type SourceRevision = { repository?: string; revision?: string; order?: number }

/** Why a commit was made: a rollback holds its place against pipelines that are as new as what it took back. */
export type BumpKind = "bump" | "promotion" | "rollback"

/** What a bump leaves in its commit for the next one to read. */
export type BumpTrailers = { kind: BumpKind; bumps: BumpTrailer[]; source: SourceRevision; pipeline?: string }

/** The last paragraph of the commit message: https://git-scm.com/docs/git-interpret-trailers */
export function renderTrailers({ kind, bumps, source, pipeline }: BumpTrailers): string {
  return [
    ...bumps.map(({ path, image, ref }) => `Slipway-Bump: ${encodeURI(path)} ${encodeURI(image)} ${ref}`),
    ...(kind === "bump" ? [] : [`Slipway-Kind: ${kind}`]),
    ...(source.repository ? [`Source-Repository: ${source.repository}`] : []),
    ...(source.revision ? [`Source-Revision: ${source.revision}`] : []),
    ...(source.order === undefined ? [] : [`Source-Order: ${source.order}`]),
    ...(pipeline ? [`Pipeline: ${pipeline}`] : []),
  ].join("\n")
}

/** Reads them wherever in the message they stand: a forge that squashes puts its own text around them. */
export function parseTrailers(message: string): BumpTrailers {
  const repository = trailer(message, "Source-Repository")
  const revision = trailer(message, "Source-Revision")
  const order = trailer(message, "Source-Order")
  const pipeline = trailer(message, "Pipeline")
  const kind = trailer(message, "Slipway-Kind")
  return {
    kind: kind === "promotion" || kind === "rollback" ? kind : "bump",
    bumps: trailers(message, "Slipway-Bump").flatMap(parseBump),
    source: {
      ...(repository && { repository }),
      ...(revision && { revision }),
      ...(order && /^[0-9]{1,15}$/.test(order) && { order: Number(order) }),
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

/** A trailer that somebody mangled by hand is no trailer; it must not stop the next bump. */
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

function trailers(message: string, key: string): string[] {
  const shape = new RegExp(`^${key}: (.+?)\\r?$`, "s") // of one of git's lines, which end with a line feed alone
  return message.split("\n").flatMap((line) => line.match(shape)?.[1] ?? [])
}

/** Who a commit is by; `signOff` adds the line that the Developer Certificate of Origin asks for. */
export type Author = { name: string; email: string; signOff: boolean }

const PLACES = ["image", "digest", "path", "ref", "revision", "order", "pipeline"]

/** A subject with a mistyped placeholder is refused at the edge, not found later in the history. */
export function parseMessageTemplate(template: string): string {
  const unknown = placeholders(template).filter((name) => !PLACES.includes(name))
  if (template.trim() && unknown.length === 0) return template
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a commit message with placeholders of ${PLACES.map((name) => `{${name}}`).join(" ")}`,
    got: unknown.length > 0 ? unknown.map((name) => `{${name}}`).join(" ") : quote(template),
    fix: `Leave --message out for ${quote(DEFAULT_MESSAGE)}.`,
  })
}

/** Refuses what would end the author's header early or add a trailer of its own. */
export function parseAuthor({ name, email, signOff }: Author): Author {
  if (/^[^<>\p{Cc}]+$/u.test(name.trim()) && /^[^<>\s]+@[^<>\s]+$/.test(email))
    return { name: name.trim(), email, signOff }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an author's name and an email address, each on one line and without < or >",
    got: `${quote(name)} and ${quote(email)}`,
    fix: "Pass --author-name and --author-email.",
  })
}

/** The whole message: the caller's words, then what the next bump will read. */
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

/** Twelve digits are enough for a person; the whole digest stands in the trailer. */
function shortDigest(ref: DigestRef): string {
  return ref.replace(/^.*@sha256:([0-9a-f]{12}).*$/, "$1")
}

function list(values: string[]): string {
  return [...new Set(values)].join(", ")
}

function placeholders(template: string): string[] {
  return [...template.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name ?? "")
}
