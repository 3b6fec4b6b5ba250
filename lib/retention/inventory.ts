import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { groupBy } from "../config/group.ts"
import { Descriptor, DOCKER_LIST, IMAGE_INDEX, isAttachment, OCI_ANNOTATION } from "../oci/manifest.ts"
import { type Digest, digestsIn } from "../oci/reference.ts"

// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema, and cosign's .sig, .att, .sbom
const SHAPE = /^sha256-([0-9a-f]{64})(?:\.[a-z0-9-]+)?$/

/** The image whose signatures or attestations a tag has; undefined for a tag of people or pipelines. */
export function subjectOf(tag: string): Digest | undefined {
  const [, hex] = tag.match(SHAPE) ?? []
  return hex ? (`sha256:${hex}` as Digest) : undefined
}

/** The parts of a manifest that pruning needs. `created` is in seconds since 1970, or undefined if unknown. */
export type Manifest = {
  kind: "index" | "image" | "unknown"
  /** `attached` are attestations of the other children. */
  children: { digest: Digest; index: boolean; attached?: boolean }[]
  subject?: Digest
  created?: number
}

/** A repository's tags and manifests, and the referrers that were queried so far. */
export type Inventory = {
  tags: Map<string, Digest>
  manifests: Map<Digest, Manifest>
  referrers: Map<Digest, Digest[]>
}

const INDEXES = [IMAGE_INDEX, DOCKER_LIST]
const CREATED = `${OCI_ANNOTATION}.created`

const Raw = z.looseObject({
  manifests: z.array(Descriptor).optional(),
  config: z.looseObject({}).optional(),
  subject: Descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})

/** Reads a manifest of any kind. An unknown one is never deleted, nor is any digest in it. */
export function readManifest(text: string): Manifest {
  const parsed = Raw.safeParse(parseJson(text))
  if (!parsed.success) return unknown(text)
  const { manifests, config, subject, annotations } = parsed.data
  if (!manifests && !config) return unknown(text)
  const created = readTime(annotations?.[CREATED])
  return {
    kind: manifests ? "index" : "image",
    children: (manifests ?? []).map(({ digest, mediaType, annotations: its }) => ({
      digest,
      index: INDEXES.includes(mediaType),
      ...(isAttachment({ annotations: its }) && { attached: true }),
    })),
    ...(subject && { subject: subject.digest }),
    ...(created !== undefined && { created }),
  }
}

function unknown(text: string): Manifest {
  return { kind: "unknown", children: digestsIn(text).map((digest) => ({ digest, index: false })) }
}

const Config = z.looseObject({ created: z.string().optional() })

/** An image's creation time in its config. */
export function readCreated(config: string): number | undefined {
  const parsed = Config.safeParse(parseJson(config))
  return parsed.success ? readTime(parsed.data.created) : undefined
}

/** Reproducible builds without a time write 1970 or 1980, which is not an image's age. */
const FIRST = Date.UTC(1981, 0)

function readTime(text = ""): number | undefined {
  const time = Date.parse(text)
  return time >= FIRST ? Math.floor(time / 1000) : undefined
}

/** The children and referrers of manifests, which are kept or deleted together with them. */
export type Graph = {
  children: (digest: Digest) => Digest[]
  attached: (digest: Digest) => Digest[]
  /** Manifests under a tag that is named after another digest, with that digest. */
  companions: Map<Digest, Digest>
}

export function graphOf({ tags, manifests, referrers }: Inventory): Graph {
  const companions = new Map<Digest, Digest>()
  const links: [Digest, Digest][] = [...referrers].flatMap(([subject, all]) =>
    all.map((one) => [subject, one] as [Digest, Digest]),
  )
  for (const [tag, digest] of tags) {
    const [named, own] = [subjectOf(tag), manifests.get(digest)?.subject]
    if (named) companions.set(digest, named)
    for (const subject of [named, own]) if (subject) links.push([subject, digest])
  }
  const attached = new Map(
    groupBy(links, ([subject]) => subject).map((group) => [group[0][0], group.map(([, one]) => one)]),
  )
  return {
    children: (digest) => (manifests.get(digest)?.children ?? []).map((child) => child.digest),
    attached: (digest) => [...new Set(attached.get(digest))],
    companions,
  }
}

/** These digests with all their children and referrers. */
export function reach(from: Iterable<Digest>, { children, attached }: Graph): Set<Digest> {
  const found = new Set<Digest>()
  const next = [...from]
  for (let digest = next.pop(); digest; digest = next.pop()) {
    if (found.has(digest)) continue
    found.add(digest)
    next.push(...children(digest), ...attached(digest))
  }
  return found
}
