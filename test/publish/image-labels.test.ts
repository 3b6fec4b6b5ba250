import { expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { readConfigLabels, readManifestLabels } from "../../lib/publish/image-labels.ts"

const annotations = { "org.opencontainers.image.revision": "c0ffee" }
const child = (text: string, os: string) => ({
  ...{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf(text), size: 1 },
  platform: { os, architecture: "amd64" },
})

test.each<{ name: string; manifest: unknown; labels: object }>([
  {
    name: "an index, and its first image",
    manifest: { annotations, manifests: [child("a", "linux"), child("b", "linux")] },
    labels: { annotations, described: { digest: digestOf("a") } },
  },
  {
    name: "an index that begins with an attestation",
    manifest: { manifests: [child("att", "unknown"), child("b", "linux")] },
    labels: { annotations: {}, described: { digest: digestOf("b") } },
  },
  { name: "an index of nothing", manifest: { annotations, manifests: [] }, labels: { annotations } },
  { name: "one image", manifest: { annotations, config: {} }, labels: { annotations, described: "itself" } },
  { name: "what is no manifest", manifest: ["a"], labels: { annotations: {} } },
  { name: "annotations that are none", manifest: { annotations: { a: 1 }, config: {} }, labels: { annotations: {} } },
])("reads what is said by $name", ({ manifest, labels }) => {
  expect(readManifestLabels(JSON.stringify(manifest))).toEqual(labels)
})

test("what is no JSON says nothing", () => {
  expect(readManifestLabels("<html>")).toEqual({ annotations: {} })
  expect(readConfigLabels("<html>")).toEqual({})
})

test.each([
  { name: "an image's labels", config: { config: { Labels: annotations } }, labels: annotations },
  { name: "an image without labels", config: { config: { Labels: null } }, labels: {} },
  { name: "an image without a config of how it runs", config: { architecture: "amd64" }, labels: {} },
])("reads $name", ({ config, labels }) => {
  expect(readConfigLabels(JSON.stringify(config))).toEqual(labels)
})
