import type { Directory } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { parseDocument } from "yaml"
import { parseEdit } from "../../lib/gitops/edit/edit.ts"
import { applyEdit, editChanges, editContent, editFile } from "../../lib/gitops/file-edit.ts"
import type { ImageName } from "../../lib/gitops/overlay/verdict.ts"
import type { FileChange, RepositoryPath } from "../../lib/gitops/request.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { NEW, REF, readEditCases } from "./edit/edit-cases.ts"

describe("apply", () => {
  const cases = readEditCases()
  const image = { ref: REF }

  test("covers every edit format", () => {
    expect(cases.length).toBeGreaterThanOrEqual(60)
    const kinds = [...new Set(cases.map(({ edit }) => edit.split(":")[0]))].sort()
    const all = ["argocd-helm", "argocd-kustomize", "env", "flux", "helm", "helmrelease", "json", "kustomize", "yaml"]
    expect(kinds).toEqual(all)
  })

  describe.each(cases)("$format: $name", ({ edit, image, before, after, notes }) => {
    const result = applyEdit(before, { ...parseEdit(edit), image })
    test("returns exactly the expected text", () => expect(result.text).toBe(after))
    test("returns the expected notes", () => expect(result.notes).toEqual(notes))
    test("writes the digest, unless the edit addresses another part", () => {
      expect(result.pinned).toBe(after.includes(NEW))
    })
    test("lists the changed values", () => expect(result.changes.map((change) => change.after).join()).not.toBe(""))
    test("changes nothing when applied again", () => {
      const again = applyEdit(after, { ...parseEdit(edit), image })
      expect(again).toMatchObject({ text: after, changes: [], pinned: result.pinned })
      // notes about a change do not repeat, notes about the file do
      expect(notes).toEqual(expect.arrayContaining(again.notes))
    })
  })

  describe("refuses an edit and lists the file's values", () => {
    test.each([
      { edit: "kustomize:app", text: "images:\n- name: web\n", error: /IMAGE_NOT_FOUND: .*name app, got web/ },
      { edit: "kustomize:app", text: "images:\n- name: app\n- name: app\n", error: /EDIT_INVALID: .*got 2/ },
      { edit: "helm:image", text: "imge: a\n", error: /IMAGE_NOT_FOUND: .*the document with the keys imge/ },
      {
        edit: "helm:image",
        text: "image:\n  repository: a.b/c\n  tag: v1\n",
        error: /EDIT_INVALID: expected a key digest or sha, or a tag to write into tag .*--tag/,
      },
      { edit: "yaml:a[name=x].b", text: "a:\n- {name: y, b: 1}\n", error: /exactly one element.*name=y/ },
      {
        edit: "yaml:spec.image",
        text: "spec: {image: a}\n---\nspec: {image: b}\n",
        error: /in one place of the file, got 2/,
      },
      { edit: "yaml:api.image", text: "x: &i a.b/c:1\napi: {image: *i}\nweb: {image: *i}\n", error: undefined },
      { edit: "yaml:x", text: "x: &i a.b/c:1\napi: {image: *i}\n", error: /EDIT_INVALID: .*got one that api\.image/ },
      { edit: "yaml:a", text: "a: [1, 2]\n", error: /EDIT_INVALID: expected a single value at a/ },
      { edit: "yaml:image", text: "image: {{ .Values.image }}\n", error: /EDIT_INVALID: / },
      { edit: "env:APP", text: "OTHER=1\n", error: /IMAGE_NOT_FOUND: expected the key APP once, got OTHER/ },
      { edit: "env:APP", text: "APP=1\nAPP=2\n", error: /EDIT_INVALID: .*got 2 lines of it/ },
      { edit: "flux:ns:app", text: 'a: b:1 # {"$imagepolicy": "ns:web"}\n', error: /IMAGE_NOT_FOUND: .*got ns:web/ },
      {
        edit: "argocd-helm:image",
        text: "spec: {source: {helm: {parameters: [{name: a, value: b}]}}}\n",
        error: /IMAGE_NOT_FOUND: .*got a/,
      },
      {
        edit: "argocd-kustomize:app",
        text: "spec: {source: {kustomize: {images: [web]}}}\n",
        error: /IMAGE_NOT_FOUND: .*got web/,
      },
    ])("refuses, or edits correctly, $edit in $text", ({ edit, text, error }) => {
      const run = () => applyEdit(text, { ...parseEdit(edit), image })
      if (error) expect(run).toThrow(error)
      else expect(run().text).toContain(NEW)
    })

    test("refuses an invalid tag", () => {
      const edit = { ...parseEdit("helm:image"), image: { ref: REF, tag: "a b" } }
      expect(() => applyEdit("image: a.b/c:1\n", edit)).toThrow(/TAG_INVALID/)
    })
  })

  // The generator is seeded, so that a failing run is reproducible.
  function random(seed: number): () => number {
    let state = seed
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    }
  }

  /** A mapping of random depth, order, quoting and comments, with lists, anchors and one image. */
  function randomYaml(next: () => number): { text: string; path: string } {
    const value = () =>
      [
        ...["plain", '"double"', "'single'", "1.10", "true", "[a, b]", "{c: d}", "''", "~", "!!str 7", "*shared"],
        ...["[{ name: x, image: a.b/c:1 }, 2]", "0o17", '"a # b"', "'it''s'"],
      ][Math.floor(next() * 15)]
    const comment = () => (next() < 0.3 ? " # said by someone" : "")
    const lines = (indent: string, prefix: string) =>
      Array.from({ length: Math.floor(next() * 4) }, (_, at) => `${indent}${prefix}${at}: ${value()}${comment()}`)
    const keys = Array.from({ length: 1 + Math.floor(next() * 4) }, (_, at) => `k${at}`)
    const out = ["shared: &shared { image: other.example/app:v1 }"]
    if (next() < 0.3) out.unshift("# what this file is for", "---")
    for (const [depth, key] of keys.entries()) {
      const indent = "  ".repeat(depth)
      out.push(...lines(indent, "a"), ...(next() < 0.2 ? ["", `${indent}# a block`] : []), `${indent}${key}:`)
    }
    const indent = "  ".repeat(keys.length)
    const quote = ["", '"', "'"][Math.floor(next() * 3)] ?? ""
    out.push(
      ...lines(indent, "b"),
      `${indent}image: ${quote}ghcr.io/acme/app:v1${quote}${comment()}`,
      ...lines(indent, "c"),
    )
    const eol = next() < 0.3 ? "\r\n" : "\n"
    return { text: out.join(eol) + eol, path: [...keys, "image"].join(".") }
  }

  test("changes only the addressed value of random YAML, and nothing when applied again", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { text, path } = randomYaml(random(seed))
      const edit = { ...parseEdit(`yaml:${path}`), image }
      const result = applyEdit(text, edit)
      const expected = parseDocument(text)
      expected.setIn(path.split("."), REF)
      expect(parseDocument(result.text).toJS(), `seed ${seed}`).toEqual(expected.toJS())
      const [old, now] = [text.split("\n"), result.text.split("\n")]
      expect(
        now.filter((line, at) => line !== old[at]),
        `seed ${seed}`,
      ).toHaveLength(1)
      expect(applyEdit(result.text, edit).text, `seed ${seed}`).toBe(result.text)
    }
  })
})

describe("file edit", () => {
  const digest = `sha256:${"0a".repeat(32)}`
  const path = "values.yaml" as RepositoryPath
  const change = (edits: string[], { tag, ref = "registry.example/acme/web" }: { tag?: string; ref?: string } = {}) => {
    const image = { image: "web" as ImageName, ref: parseDigestRef(`${ref}@${digest}`), ...(tag && { tag }) }
    return { kind: "file", path, edits: edits.map(parseEdit), image } satisfies FileChange
  }
  const content = (text: string) => ({ text, encoding: "utf8" as const })

  describe("refuses edits that write no digest", () => {
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
    ])("refuses $edits of $text", ({ text, edits }) => {
      expect(() => editContent(content(text), change(edits, { tag: "v2" }))).toThrow(
        /^EDIT_INVALID: expected an edit of a value in values\.yaml that can hold the digest, got edits of the repository or the tag alone\./,
      )
    })

    test("accepts one edit of the name and one of the tag", () => {
      const text = "image: old.example/acme/web\nimageTag: v1\n"
      const edited = editContent(content(text), change(["yaml:image", "yaml:imageTag"], { tag: "v2" }))
      expect(edited.content.text).toBe(`image: registry.example/acme/web\nimageTag: v2@${digest}\n`)
    })

    test.each([
      { text: "image: registry.example/acme/web\nversion: v1\n", edits: ["yaml:image=ref"] },
      { text: "APP_IMAGE=registry.example/acme/web\nTAG=v1\n", edits: ["env:APP_IMAGE=ref"] },
    ])("writes the whole reference for $edits", ({ text, edits }) => {
      const edited = editContent(content(text), change(edits))
      expect(edited.content.text).toBe(text.replace("acme/web", `acme/web@${digest}`))
    })

    test("accepts a file that has the digest already, without a change", () => {
      const text = `image: registry.example/acme/web@${digest}\n`
      expect(editContent(content(text), change(["yaml:image"]))).toMatchObject({ content: { text }, changes: [] })
    })
  })

  test("refuses two edits of one value", () => {
    expect(() => editContent(content("a: x\n"), change(["yaml:a=digest", "yaml:a=hex"]))).toThrow(
      /^EDIT_INVALID: expected edits of values\.yaml that address different values/,
    )
  })

  /** A tree of one file, with the two methods that an edit uses. */
  const tree = (text: string) =>
    ({ exists: async () => true, file: () => ({ contents: async () => text }) }) as unknown as Directory

  test("refuses two images of one bump that write to one value", async () => {
    const other = change(["helm:image"], { ref: "registry.example/acme/api" })
    await expect(
      editChanges(tree("image: a.b/c:1\n"), [change(["helm:image"]), other], { image: "kustomize" }),
    ).rejects.toThrow(/^EDIT_INVALID: expected edits of values\.yaml that address different values/)
  })

  test("writes two images to one file", async () => {
    const other = change(["helm:api"], { ref: "registry.example/acme/api" })
    const text = "web: registry.example/acme/web:1\napi: registry.example/acme/api:1\n"
    const edited = await editChanges(tree(text), [change(["helm:web"]), other], { image: "kustomize" })
    const both = `web: registry.example/acme/web@${digest}\napi: registry.example/acme/api@${digest}\n`
    expect(edited.map((one) => one.content.text)).toEqual([both, both])
  })

  test("keeps the byte order mark, the line endings and the missing final newline of a UTF-8 file", async () => {
    const text = "\uFEFF# Grüße\r\nimage: registry.example/acme/web:1"
    const edited = await editFile(tree(text), change(["helm:image"]), { image: "kustomize" })
    expect(edited.content).toEqual(content(`\uFEFF# Grüße\r\nimage: registry.example/acme/web@${digest}`))
  })
})
