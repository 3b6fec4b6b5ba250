import { describe, expect, test } from "vitest"
import { deployedImages, isChart, readPlatforms } from "../../lib/deployed/images.ts"
import { CHART_CONFIG, DOCKER_LIST, DOCKER_MANIFEST, IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { digest, environment, refOf } from "./sample-outcome.ts"

test("a digest is one image, in however many environments and repositories it runs", () => {
  const [app, copy, other] = [refOf("app"), refOf("mirror/app"), refOf("app", "0b")]
  const at = (path: string) => [environment(path)]
  expect(
    deployedImages([
      { ref: app, environments: at("a") },
      { ref: other, environments: at("b") },
      { ref: app, tag: "ghcr.io/acme/app:1", environments: at("c") },
      { ref: copy, environments: at("d") },
    ]),
  ).toEqual([
    { refs: [app, copy], tags: ["ghcr.io/acme/app:1"], environments: [...at("a"), ...at("c"), ...at("d")] },
    { refs: [other], tags: [], environments: at("b") },
  ])
})

describe("the platforms of an image", () => {
  const entry = (byte: string, os = "linux", mediaType = IMAGE_MANIFEST) => {
    return { mediaType, digest: digest(byte), size: 1, platform: { os, architecture: "amd64" } }
  }
  const attestation = {
    ...entry("0c", "unknown"),
    platform: { os: "unknown", architecture: "unknown" },
    annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest("0a") },
  }
  const index = (manifests: object[], mediaType = IMAGE_INDEX) =>
    JSON.stringify({ schemaVersion: 2, mediaType, manifests })
  const read = (text: string) => readPlatforms(text, refOf("app"))

  test.each([
    {
      name: "those of an index, without BuildKit's attestations",
      text: index([entry("0a"), attestation]),
      digests: [digest("0a")],
    },
    {
      name: "those of Docker's manifest list",
      text: index([entry("0a", "linux", DOCKER_MANIFEST)], DOCKER_LIST),
      digests: [digest("0a")],
    },
    {
      name: "none of a manifest, which is pulled itself",
      text: JSON.stringify({ schemaVersion: 2, config: {} }),
      digests: [],
    },
  ])("are $name", ({ text, digests }) => {
    expect(read(text).entries.map((one) => one.digest)).toEqual(digests)
  })

  test("leave out Windows, and say so", () => {
    expect(read(index([entry("0a"), entry("0b", "windows")]))).toMatchObject({ unscanned: ["windows/amd64"] })
  })

  test.each([
    { name: "for Windows only", text: index([entry("0b", "windows")]) },
    { name: "without any image", text: index([]) },
    { name: "with an index within the index", text: index([entry("0a", "linux", IMAGE_INDEX)]) },
  ])("of an index $name are refused, instead of scanned as nothing", ({ text }) => {
    expect(() => read(text)).toThrow(/^LAYOUT_INVALID: /)
  })
})

test.each([
  { name: "Helm's config", text: JSON.stringify({ config: { mediaType: CHART_CONFIG } }), chart: true },
  {
    name: "an image's config",
    text: JSON.stringify({ config: { mediaType: "application/vnd.oci.image.config.v1+json" } }),
    chart: false,
  },
  { name: "an index", text: JSON.stringify({ manifests: [] }), chart: false },
  { name: "no JSON", text: "<html>", chart: false },
])("a manifest with $name is a chart: $chart", ({ text, chart }) => {
  expect(isChart(text)).toBe(chart)
})
