import { describe, expect, test } from "vitest"
import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { readCreated, readManifest } from "../../lib/retention/inventory.ts"

const descriptor = (mediaType: string, content: string) => ({ mediaType, digest: digestOf(content), size: 1 })
const created = (time: string) => ({ "org.opencontainers.image.created": time })

describe("a manifest", () => {
  test("of several platforms says what it lists, which of them are indexes, and when it was made", () => {
    const manifests = [descriptor(IMAGE_MANIFEST, "amd64"), descriptor(IMAGE_INDEX, "more")]
    const annotations = created("2026-11-20T10:00:00Z")
    expect(readManifest(JSON.stringify({ schemaVersion: 2, manifests, annotations }))).toEqual({
      kind: "index",
      children: [
        { digest: digestOf("amd64"), index: false },
        { digest: digestOf("more"), index: true },
      ],
      created: Date.UTC(2026, 10, 20, 10) / 1000,
    })
  })

  test("of buildx says which of its children are attestations, which nothing says the age of", () => {
    const annotations = { "vnd.docker.reference.type": "attestation-manifest" }
    const manifests = [{ ...descriptor(IMAGE_MANIFEST, "statement"), annotations }, descriptor(IMAGE_MANIFEST, "amd64")]
    expect(readManifest(JSON.stringify({ schemaVersion: 2, manifests })).children).toEqual([
      { digest: digestOf("statement"), index: false, attached: true },
      { digest: digestOf("amd64"), index: false },
    ])
  })

  test("that refers to another says to which", () => {
    const referrer = { schemaVersion: 2, config: {}, layers: [], subject: descriptor(IMAGE_INDEX, "image") }
    expect(readManifest(JSON.stringify(referrer))).toEqual({ kind: "image", children: [], subject: digestOf("image") })
  })

  test.each(["", "[]", '{"schemaVersion":1}', '{"manifests":[{"digest":"md5:1"}]}'])(
    "%j is of no known kind",
    (text) => {
      expect(readManifest(text).kind).toBe("unknown")
    },
  )
})

test.each([
  { config: '{"created":"2026-11-20T10:00:00.5Z"}', time: Date.UTC(2026, 10, 20, 10) / 1000 },
  { config: '{"created":"1970-01-01T00:00:00Z"}', time: undefined },
  { config: '{"created":"1980-01-01T00:00:01Z"}', time: undefined },
  { config: '{"created":"soon"}', time: undefined },
  { config: "{}", time: undefined },
  { config: "", time: undefined },
])("the config $config was made at $time", ({ config, time }) => expect(readCreated(config)).toBe(time))
