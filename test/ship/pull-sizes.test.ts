import { expect, test } from "vitest"
import { openLayout } from "../../lib/oci/layout.ts"
import { pullSizes } from "../../lib/ship/pull-sizes.ts"
import { directoryOf, type LayoutFiles, putImage, putIndex } from "../oci/sample-layout.ts"

test("a node pulls config and layers of its own platform", async () => {
  const files: LayoutFiles = new Map()
  const image = putImage(files, "amd64", { content: "x".repeat(1000) })
  putIndex(files, [image])
  const { content } = await openLayout(directoryOf(files))
  const config = content.manifests[0]?.manifest.config.size ?? 0
  expect(pullSizes(content)).toEqual(new Map([[image.digest, config + 1000]]))
})
