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
