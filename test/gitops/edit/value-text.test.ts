import { expect, test } from "vitest"
import type { Part } from "../../../lib/gitops/edit/new-image.ts"
import { repositoryOf, valueText } from "../../../lib/gitops/edit/value-text.ts"
import { NEW, REF } from "./edit-cases.ts"

test.each<{ current: string; part: Part; text: string }>([
  { current: "ghcr.io/acme/app:v1", part: "ref", text: REF },
  { current: "docker.io/acme/old:v1", part: "ref", text: REF },
  { current: "docker://ghcr.io/acme/app:v1", part: "ref", text: `docker://${REF}` },
  { current: "anything", part: "digest", text: `sha256:${NEW}` },
  { current: "docker.io/acme/old", part: "repository", text: "ghcr.io/acme/app" },
])("$current as $part becomes $text", ({ current, part, text }) => {
  expect(valueText(current, { part, image: { ref: REF } })).toBe(text)
})

test("a repository that is the same in another spelling keeps its own", () => {
  const ref = REF.replace("ghcr.io/acme/app", "docker.io/library/nginx") as typeof REF
  expect(valueText("nginx:1", { part: "ref", image: { ref } })).toBe(`nginx@sha256:${NEW}`)
})

test("a value that is a tag needs one", () => {
  expect(() => valueText("v1", { part: "tag", image: { ref: REF } })).toThrow(/EDIT_INVALID: expected a tag.*"v1"/)
})

test.each([
  { reference: "a.b/c:v1", repository: "a.b/c" },
  { reference: "a.b:5000/c", repository: "a.b:5000/c" },
  { reference: `a.b/c:v1@sha256:${NEW}`, repository: "a.b/c" },
  { reference: "c", repository: "c" },
])("the repository of $reference is $repository", ({ reference, repository }) => {
  expect(repositoryOf(reference)).toBe(repository)
})
