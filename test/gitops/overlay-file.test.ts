import { expect, test } from "vitest"
import {
  buildableFrom,
  localParts,
  overlaysIn,
  parseKustomization,
  requireOverlay,
} from "../../lib/gitops/overlay-file.ts"
import { parseRepositoryPath } from "../../lib/gitops/repository-path.ts"

const NO_PARTS = { resources: [], bases: [], components: [], transformers: [], generators: [], validators: [] }

test.each([
  { name: "nothing", text: "", parsed: { ...NO_PARTS, images: [] } },
  {
    name: "null lists",
    text: "resources:\nimages:\n",
    parsed: { ...NO_PARTS, images: [] },
  },
  {
    name: "a component with an image",
    text: "kind: Component\nimages:\n- name: web\n  newName: ghcr.io/acme/web\n  newTag: v1\n",
    parsed: {
      kind: "Component",
      ...NO_PARTS,
      images: [{ name: "web", newName: "ghcr.io/acme/web" }],
    },
  },
])("reads a kustomization with $name", ({ text, parsed }) => {
  expect(parseKustomization(text, "kustomization.yaml")).toEqual(parsed)
})

test.each([
  { name: "no YAML", text: "a: [" },
  { name: "a list", text: "- a\n" },
  { name: "images that are a map", text: "images:\n  web: v1\n" },
])("refuses a kustomization that is $name", ({ text }) => {
  expect(() => parseKustomization(text, "apps/kustomization.yaml")).toThrow(
    "OVERLAY_INVALID: expected a kustomization in apps/kustomization.yaml",
  )
})

test("finds overlays under all three names, and nothing that is only named alike", () => {
  const files = ["apps/a/kustomization.yaml", "apps/b/kustomization.yml", "c/Kustomization", "kustomization.yaml"]
  expect([...overlaysIn([...files, "docs/my-kustomization.yaml", "d/kustomization.yaml.bak"])]).toEqual([
    ["apps/a", "apps/a/kustomization.yaml"],
    ["apps/b", "apps/b/kustomization.yml"],
    ["c", "c/Kustomization"],
    [".", "kustomization.yaml"],
  ])
})

test.each([
  {
    name: "others",
    files: ["a/kustomization.yaml", "b/kustomization.yml"],
    fix: "This repository has overlays in: a, b.",
  },
  { name: "none", files: [], fix: "This repository has no kustomization.yaml at all." },
])("a missing overlay beside $name", ({ files, fix }) => {
  expect(() => requireOverlay(overlaysIn(files), parseRepositoryPath("apps/prod"))).toThrow(
    `OVERLAY_INVALID: expected a kustomization.yaml in apps/prod, got none. ${fix}`,
  )
})

test("knows what an overlay is built from inside the repository", () => {
  const file = parseKustomization(
    "resources: [../../base, deployment.yaml, https://github.com/a/b, github.com/a/b?ref=v1, git@github.com:a/b]\ncomponents: [../../components/tls/]\nbases: [../other]\n",
    "k",
  )
  expect(localParts(file, "overlays/prod")).toEqual([
    "base",
    "overlays/prod/deployment.yaml",
    "overlays/other",
    "components/tls",
  ])
})

test("generators, transformers and validators are parts too, unless they stand there as YAML", () => {
  const text = "generators: [../gen]\ntransformers:\n- ../labels\n- |\n  kind: A\n  x: 1\nvalidators: [checks]\n"
  expect(localParts(parseKustomization(text, "k.yaml"), "apps/prod")).toEqual([
    "apps/labels",
    "apps/gen",
    "apps/prod/checks",
  ])
})

test("a component is built as a part of whatever it is a part of, however far below", () => {
  const all = [
    { directory: "components/image", kind: "Component", parts: [] },
    { directory: "components/all", kind: "Component", parts: ["components/image"] },
    { directory: "base", parts: ["components/image"] },
    { directory: "overlays/prod", parts: ["base"] },
    { directory: "overlays/test", parts: ["components/all"] },
    { directory: "overlays/none", parts: [] },
  ]
  expect(buildableFrom("components/image", all)).toEqual(["overlays/prod", "overlays/test"])
  expect(buildableFrom("overlays/prod", all)).toEqual(["overlays/prod"])
  expect(() => buildableFrom("components/image", all.slice(0, 2))).toThrow(
    "OVERLAY_INVALID: expected an overlay in this repository with the component components/image",
  )
})
