import { describe, expect, test } from "vitest"
import { applyKustomize } from "../../../src/gitops/edit/kustomization.ts"
import { NEW, REF } from "./edit-cases.ts"

const edit = (text: string, name: string, tag?: string) =>
  applyKustomize(text, { kind: "kustomize", name, image: { ref: REF, ...(tag && { tag }) } })

test("an entry is known by its name, failing that by the name that it gives", () => {
  const text = "images:\n- {name: a, newName: b}\n- {name: b, newName: c}\n"
  expect(edit(text, "b").changes[0]?.path).toMatch(/^images\[name=b\]/)
  expect(edit(text, "c").changes[0]?.path).toMatch(/^images\[name=b\]/)
})

describe("a marker of Flux behind the tag", () => {
  const text = 'images:\n- name: ghcr.io/acme/app\n  newTag: v1 # {"$imagepolicy": "ns:app:tag"}\n'
  test("keeps the tag from going", () => {
    expect(() => edit(text, "ghcr.io/acme/app")).toThrow(/EDIT_INVALID: .*the marker of Flux/)
  })
  test("stays with a new tag", () => {
    expect(edit(text, "ghcr.io/acme/app", "v2").text).toContain('newTag: v2 # {"$imagepolicy": "ns:app:tag"}\n')
  })
})

test.each([
  { name: "an image transformer's list", text: "imageTags:\n- name: app\n" },
  { name: "an image transformer's single image", text: "imageTag:\n  name: app\n" },
])("$name is edited too", ({ text }) => expect(edit(text, "app").text).toContain(NEW))
