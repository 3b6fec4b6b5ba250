import { ExistsType } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { overlayReader } from "../../lib/gitops/overlay.ts"
import { overlaysIn } from "../../lib/gitops/overlay-file.ts"
import { stubDirectory } from "../stub-directory.ts"

test("a kustomization that is a link to nothing is built from nothing, and keeps no other from being bumped", async () => {
  const files = {
    "part/kustomization.yaml": "kind: Component\n",
    "prod/kustomization.yaml": "components: [../part]\n",
  }
  const link = "old/kustomization.yaml"
  const tree = stubDirectory(files)
  const exists: typeof tree.exists = async (path, { expectedType } = {}) =>
    expectedType === ExistsType.SymlinkType ? path === link : path in files
  const reader = overlayReader(Object.assign(tree, { exists }), overlaysIn([...Object.keys(files), link]))
  expect(await reader.partsOfAll("part")).toEqual([
    { directory: "old", kind: undefined, parts: [] },
    { directory: "part", kind: "Component", parts: [] },
    { directory: "prod", kind: undefined, parts: ["part"] },
  ])
})
