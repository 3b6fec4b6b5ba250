import { expect, test } from "vitest"
import { applyYaml } from "../../../lib/gitops/edit/yaml-value.ts"
import { NEW, REF } from "./edit-cases.ts"

test.each([
  { name: "a reference by its key", text: "image: a.b/c:1\n", path: "image", is: `image: ${REF}\n` },
  {
    name: "a digest by its siblings",
    text: "image: a.b/c\ndigest: x\n",
    path: "digest",
    is: `image: a.b/c\ndigest: sha256:${NEW}\n`,
  },
  {
    name: "a repository with a digest",
    text: "image: a.b/c\ndigest: x\n",
    path: "image",
    is: "image: ghcr.io/acme/app\ndigest: x\n",
  },
  { name: "an anchor with its aliases", text: "x: &i a.b/c:1\ny: *i\n", path: "&i", is: `x: &i ${REF}\ny: *i\n` },
])("edits $name", ({ text, path, is }) => {
  expect(applyYaml(text, { kind: "yaml", path, image: { ref: REF } }).text).toBe(is)
})

test("writes JSON in double quotes", () => {
  const image = { ref: REF }
  expect(applyYaml('{"image": "a.b/c:1"}', { kind: "json", path: "image", image }).text).toBe(`{"image": "${REF}"}`)
})
