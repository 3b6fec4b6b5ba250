import { describe, expect, test } from "vitest"
import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { graphOf, reach, readCreated, readManifest, subjectOf } from "../../lib/retention/inventory.ts"
import { fallback, id, inventoryOf } from "./sample-inventory.ts"

describe("companion", () => {
  const subject = digestOf("an image")
  const name = subject.replace(":", "-")

  test.each([name, `${name}.sig`, `${name}.att`, `${name}.sbom`])(
    "recognises %s as a tag of an image's signatures",
    (tag) => {
      expect(subjectOf(tag)).toBe(subject)
    },
  )

  test.each(["v1", "sha256-abc", `${name.slice(0, -1)}`, `x${name}`, "latest.sig"])(
    "recognises %s as a normal tag",
    (tag) => {
      expect(subjectOf(tag)).toBeUndefined()
    },
  )
})

describe("inventory", () => {
  const descriptor = (mediaType: string, content: string) => ({ mediaType, digest: digestOf(content), size: 1 })
  const created = (time: string) => ({ "org.opencontainers.image.created": time })

  describe("a manifest", () => {
    test("of several platforms is read with its children, nested indexes and creation time", () => {
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

    test("of buildx is read with its attestations and without a creation time", () => {
      const annotations = { "vnd.docker.reference.type": "attestation-manifest" }
      const manifests = [
        { ...descriptor(IMAGE_MANIFEST, "statement"), annotations },
        descriptor(IMAGE_MANIFEST, "amd64"),
      ]
      expect(readManifest(JSON.stringify({ schemaVersion: 2, manifests })).children).toEqual([
        { digest: digestOf("statement"), index: false, attached: true },
        { digest: digestOf("amd64"), index: false },
      ])
    })

    test("with a subject is read with the subject", () => {
      const referrer = { schemaVersion: 2, config: {}, layers: [], subject: descriptor(IMAGE_INDEX, "image") }
      expect(readManifest(JSON.stringify(referrer))).toEqual({
        kind: "image",
        children: [],
        subject: digestOf("image"),
      })
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
  ])("reads the creation time $time from the config $config", ({ config, time }) =>
    expect(readCreated(config)).toBe(time),
  )
})

describe("graph", () => {
  const inventory = inventoryOf({
    tags: { v1: "image", sbom: "attestation", [fallback("image")]: "list", [fallback("amd", ".sig")]: "legacy" },
    lists: { image: ["amd", "arm"], list: ["signature"] },
    subjects: { attestation: "image" },
    referrers: { image: ["signature"], signature: ["countersignature"] },
  })
  const graph = graphOf(inventory)

  test("finds referrers by the API, by a tag's name and by a manifest's subject", () => {
    expect(graph.attached(id("image"))).toEqual(["signature", "attestation", "list"].map(id))
    expect(graph.attached(id("amd"))).toEqual([id("legacy")])
    expect(graph.attached(id("arm"))).toEqual([])
  })

  test("recognises fallback tags", () => {
    expect([...graph.companions]).toEqual([
      [id("list"), id("image")],
      [id("legacy"), id("amd")],
    ])
  })

  test("reaches all children and referrers of an image", () => {
    const all = ["image", "amd", "arm", "signature", "countersignature", "attestation", "list", "legacy"]
    expect([...reach([id("image")], graph)].sort()).toEqual(all.map(id).sort())
    expect([...reach([id("amd")], graph)].sort()).toEqual(["amd", "legacy"].map(id).sort())
  })
})
