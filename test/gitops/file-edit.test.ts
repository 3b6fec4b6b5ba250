import type { Directory } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { parseEdit } from "../../lib/gitops/edit/edit.ts"
import { editChanges } from "../../lib/gitops/edit-changes.ts"
import { editContent, editFile } from "../../lib/gitops/file-edit.ts"
import type { ImageName } from "../../lib/gitops/image-name.ts"
import type { RepositoryPath } from "../../lib/gitops/repository-path.ts"
import type { FileChange } from "../../lib/gitops/request.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"

const digest = `sha256:${"0a".repeat(32)}`
const path = "values.yaml" as RepositoryPath
const change = (edits: string[], { tag, ref = "registry.example/acme/web" }: { tag?: string; ref?: string } = {}) => {
  const image = { image: "web" as ImageName, ref: parseDigestRef(`${ref}@${digest}`), ...(tag && { tag }) }
  return { kind: "file", path, edits: edits.map(parseEdit), image } satisfies FileChange
}
const content = (text: string) => ({ text, encoding: "utf8" as const })

describe("after its edits a file holds the digest where they address it, or there is an error", () => {
  test.each([
    { text: "image: registry.example/acme/web\nimageTag: v1\n", edits: ["yaml:image"] },
    { text: "image: {repository: registry.example/acme/web, tag: v1}\n", edits: ["yaml:image.repository"] },
    { text: '{"image": "registry.example/acme/web", "tag": "v1"}\n', edits: ["json:image"] },
    { text: "IMAGE=registry.example/acme/web\nTAG=v1\n", edits: ["env:IMAGE"] },
    { text: "image: registry.example/acme/web\nversion: v1\n", edits: ["yaml:image"] },
    { text: "webImage: registry.example/acme/web\nwebImageTag: v1\n", edits: ["yaml:webImage"] },
    { text: "IMAGE=registry.example/acme/web\nVERSION=v1\n", edits: ["env:IMAGE"] },
    { text: "APP_IMAGE=registry.example/acme/web\nAPP_IMAGE_VERSION=v1\n", edits: ["env:APP_IMAGE"] },
    { text: "APP_IMAGE=registry.example/acme/web\nTAG=v1\n", edits: ["env:APP_IMAGE"] },
    { text: "APP_IMAGE=registry.example/acme/web\nIMAGE_TAG=v1\n", edits: ["env:APP_IMAGE"] },
    { text: "a: v1\n", edits: ["yaml:a=tag"] },
    { text: 'a: v0 # {"$imagepolicy": "ns:web:name"}\n', edits: ["flux:ns:web"] },
    { text: `image: registry.example/acme/web\ntag: v1\nother: ${digest}\n`, edits: ["yaml:image"] },
    { text: `image: registry.example/acme/web\ntag: v1 # ${digest}\n`, edits: ["yaml:image"] },
  ])("$edits of $text", ({ text, edits }) => {
    expect(() => editContent(content(text), change(edits, { tag: "v2" }))).toThrow(
      /^EDIT_INVALID: expected an edit of a value in values\.yaml that can hold the digest, got the repository or the tag alone\./,
    )
  })

  test("one edit for the name and one for the tag are enough", () => {
    const text = "image: old.example/acme/web\nimageTag: v1\n"
    const edited = editContent(content(text), change(["yaml:image", "yaml:imageTag"], { tag: "v2" }))
    expect(edited.content.text).toBe(`image: registry.example/acme/web\nimageTag: v2@${digest}\n`)
  })

  test.each([
    { text: "image: registry.example/acme/web\nversion: v1\n", edits: ["yaml:image=ref"] },
    { text: "APP_IMAGE=registry.example/acme/web\nTAG=v1\n", edits: ["env:APP_IMAGE=ref"] },
  ])("a value that is said to be the whole reference is written as one ($edits)", ({ text, edits }) => {
    const edited = editContent(content(text), change(edits))
    expect(edited.content.text).toBe(text.replace("acme/web", `acme/web@${digest}`))
  })

  test("what is there already is no change, and no error", () => {
    const text = `image: registry.example/acme/web@${digest}\n`
    expect(editContent(content(text), change(["yaml:image"]))).toMatchObject({ content: { text }, changes: [] })
  })
})

test("two edits of one value are refused: the second would undo the first", () => {
  expect(() => editContent(content("a: x\n"), change(["yaml:a=digest", "yaml:a=hex"]))).toThrow(
    /^EDIT_INVALID: expected edits of values\.yaml that each have a value of their own/,
  )
})

/** A tree of one file; its two methods are all that an edit needs of it. */
const tree = (text: string) =>
  ({ exists: async () => true, file: () => ({ contents: async () => text }) }) as unknown as Directory

test("two images of one bump that write to one value are refused", async () => {
  const other = change(["helm:image"], { ref: "registry.example/acme/api" })
  await expect(
    editChanges(tree("image: a.b/c:1\n"), [change(["helm:image"]), other], { image: "kustomize" }),
  ).rejects.toThrow(/^EDIT_INVALID: expected edits of values\.yaml that each have a value of their own/)
})

test("two images of one file are both in it", async () => {
  const other = change(["helm:api"], { ref: "registry.example/acme/api" })
  const text = "web: registry.example/acme/web:1\napi: registry.example/acme/api:1\n"
  const edited = await editChanges(tree(text), [change(["helm:web"]), other], { image: "kustomize" })
  const both = `web: registry.example/acme/web@${digest}\napi: registry.example/acme/api@${digest}\n`
  expect(edited.map((one) => one.content.text)).toEqual([both, both])
})

test("a file that is UTF-8 keeps its byte order mark, its line ends and its end without a newline", async () => {
  const text = "\uFEFF# Grüße\r\nimage: registry.example/acme/web:1"
  const edited = await editFile(tree(text), change(["helm:image"]), { image: "kustomize" })
  expect(edited.content).toEqual(content(`\uFEFF# Grüße\r\nimage: registry.example/acme/web@${digest}`))
})
