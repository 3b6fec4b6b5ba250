import { describe, expect, test } from "vitest"
import { applyKustomize, setKustomizeImage } from "../../../lib/gitops/edit/kustomization.ts"
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

describe("an overlay's image", () => {
  const set = (text: string, name: string, tags = {}) =>
    setKustomizeImage(text, { name, image: { ref: REF, ...tags } }).text

  test("that has no entry gets one, and everything else stays", () => {
    const text = "# what for\nbases:\n  - ../base # first\n# patches:\n# - path: debug.yaml\n"
    expect(set(text, "app")).toBe(
      `${text}images:\n  - name: app\n    newName: ghcr.io/acme/app\n    digest: sha256:${NEW}\n`,
    )
  })

  test("is named once, where the manifests have its address", () => {
    expect(set("resources:\n- a\n", "ghcr.io/acme/app", { tag: "v2" })).toBe(
      `resources:\n- a\nimages:\n- name: ghcr.io/acme/app\n  newTag: v2\n  digest: sha256:${NEW}\n`,
    )
  })

  test("is found by the name that its entry gives it", () => {
    const text = "images:\n- name: web\n  newName: ghcr.io/acme/app\n  newTag: v1 # renovate\n"
    expect(set(text, "ghcr.io/acme/app")).toBe(
      `images:\n- name: web\n  newName: ghcr.io/acme/app\n  digest: sha256:${NEW} # renovate\n`,
    )
  })

  test("of which two entries give the name is refused, since only one of them may be meant", () => {
    const text = "images:\n- {name: a, newName: ghcr.io/acme/app}\n- {name: b, newName: ghcr.io/acme/app}\n"
    expect(() => set(text, "ghcr.io/acme/app")).toThrow(/^EDIT_INVALID: .*got 2 \(images\[name=a\], images\[name=b\]\)/)
  })

  test("with a marker of Flux behind its tag keeps it, with the spare tag", () => {
    const text = 'images:\n- name: app\n  newTag: v1 # {"$imagepolicy": "ns:app:tag"}\n'
    expect(() => set(text, "app")).toThrow(/the marker of Flux.*--gitops-tag/)
    expect(set(text, "app", { spareTag: "v3" })).toContain('newTag: v3 # {"$imagepolicy": "ns:app:tag"}\n')
    expect(set("images:\n- name: app\n  newTag: v1\n", "app", { spareTag: "v3" })).not.toContain("newTag")
  })

  test.each([
    { name: "a blank", lead: ": # by CI" },
    { name: "two blanks", lead: ":  # by CI" },
  ])("with an empty tag before a comment after $name", ({ lead }) => {
    expect(set(`images:\n- name: app\n  newTag${lead}\n`, "app", { tag: "v2" })).toMatch(/newTag: v2 +# by CI\n/)
    expect(set(`images:\n- name: app\n  newTag${lead}\n`, "app")).toMatch(/digest: sha256:2+ +# by CI\n/)
  })
})
