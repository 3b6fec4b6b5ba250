import { expect, test } from "vitest"
import { overlayFolders } from "../../lib/init/overlay-folders.ts"

test.each([
  { name: "one that builds on a base", text: "resources: [../../base]", overlays: ["d/prod"] },
  { name: "one in the older spelling", text: "bases:\n- ../base\n", overlays: ["d/prod"] },
  { name: "no base", text: "resources: [deployment.yaml]", overlays: [] },
  { name: "no empty file", text: "", overlays: [] },
  { name: "no broken file", text: "resources: [", overlays: [] },
  { name: "no list of something else", text: "resources: [{ a: 1 }]", overlays: [] },
])("an overlay is $name", ({ text, overlays }) => {
  expect(overlayFolders([{ path: "d/prod/kustomization.yaml", text }])).toEqual(overlays)
})

test("overlays are in the order of their names", () => {
  const text = "resources: [../base]"
  const paths = ["b/kustomization.yaml", "a/kustomization.yml"]
  expect(overlayFolders(paths.map((path) => ({ path, text })))).toEqual(["a", "b"])
})

test("an overlay with hundreds of aliases is one too", () => {
  const patches = Array.from({ length: 150 }, () => "- *p").join("\n")
  const text = `resources: [../../base]\npatches:\n- &p {path: p.yaml}\n${patches}\n`
  expect(overlayFolders([{ path: "d/prod/kustomization.yaml", text }])).toEqual(["d/prod"])
})
