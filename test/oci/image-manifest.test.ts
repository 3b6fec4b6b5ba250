import { expect, test } from "vitest"
import { parseImageManifest, pullSize } from "../../lib/oci/image-manifest.ts"

const blob = (size: number) => ({ mediaType: "application/octet-stream", digest: `sha256:${"0a".repeat(32)}`, size })
const manifest = { schemaVersion: 2, config: blob(10), layers: [blob(1000), blob(200)] }

test("a node pulls the config and every layer", () => {
  expect(pullSize(parseImageManifest(JSON.stringify(manifest), "a test"))).toBe(1210)
})

test("an index in a manifest's place is refused with its name", () => {
  expect(() => parseImageManifest('{"schemaVersion":2,"manifests":[]}', "blob x")).toThrow(
    "LAYOUT_INVALID: expected an OCI image manifest in blob x",
  )
})
