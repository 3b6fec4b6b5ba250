import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { isAttachment } from "../oci/index-entries.ts"
import { Descriptor, DOCKER_LIST, IMAGE_INDEX, OCI_ANNOTATION } from "../oci/manifest.ts"
import { type Digest, digestsIn } from "../oci/reference.ts"

/** A manifest, as far as it matters here. `created` is in seconds since 1970, and missing where nothing says it. */
export type Manifest = {
  kind: "index" | "image" | "unknown"
  /** `attached` are attestations of the other children. */
  children: { digest: Digest; index: boolean; attached?: boolean }[]
  subject?: Digest
  created?: number
}

/** What a repository holds: its tags, what was read of it, and what refers to what, as far as the registry was asked. */
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

/** Reads a manifest of any kind. One that is not understood is never deleted, nor is anything that it may name. */
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

/** When an image was made, by its config. */
export function readCreated(config: string): number | undefined {
  const parsed = Config.safeParse(parseJson(config))
  return parsed.success ? readTime(parsed.data.created) : undefined
}

/** Tools that build reproducibly write 1970 or 1980 where they know no time: that says nothing of an image's age. */
const FIRST = Date.UTC(1981, 0)

function readTime(text = ""): number | undefined {
  const time = Date.parse(text)
  return time >= FIRST ? Math.floor(time / 1000) : undefined
}
