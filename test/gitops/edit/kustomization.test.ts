import { describe, expect, test } from "vitest"
import { applyKustomize, setKustomizeImage } from "../../../lib/gitops/edit/kustomization.ts"
import { NEW, OLD, REF } from "./edit-cases.ts"

const edit = (text: string, name: string, tag?: string) =>
  applyKustomize(text, { kind: "kustomize", name, image: { ref: REF, ...(tag && { tag }) } })

test("finds an entry by its name, or else by its newName", () => {
  const text = "images:\n- {name: a, newName: b}\n- {name: b, newName: c}\n"
  expect(edit(text, "b").changes[0]?.path).toMatch(/^images\[name=b\]/)
  expect(edit(text, "c").changes[0]?.path).toMatch(/^images\[name=b\]/)
})

describe("Flux's marker after the tag", () => {
  const text = 'images:\n- name: ghcr.io/acme/app\n  newTag: v1 # {"$imagepolicy": "ns:app:tag"}\n'
  test("refuses to remove a tag with Flux's marker", () => {
    expect(() => edit(text, "ghcr.io/acme/app")).toThrow(/EDIT_INVALID: .*the marker of Flux/)
  })
  test("keeps Flux's marker with a new tag", () => {
    expect(edit(text, "ghcr.io/acme/app", "v2").text).toContain('newTag: v2 # {"$imagepolicy": "ns:app:tag"}\n')
  })
})

describe("comment on the line of a replaced tag", () => {
  const entryOf = (...lines: string[]) =>
    `images:\n- name: ghcr.io/acme/app\n${lines.map((line) => `  ${line}\n`).join("")}`
  const digest = `digest: sha256:${NEW}`

  test.each([
    {
      name: "keeps the comment if the digest takes the line",
      lines: ["newTag: v1 # billing pins this"],
      is: [`${digest} # billing pins this`],
      notes: [
        "The digest replaced images[name=ghcr.io/acme/app].newTag, which now precedes its comment: # billing pins this",
      ],
    },
    {
      name: "keeps the comment if there is a digest already",
      lines: ["newTag: v1 # billing pins this", `digest: sha256:${OLD}`],
      is: [`${digest} # billing pins this`],
      notes: [/which now precedes its comment: # billing pins this$/],
    },
    {
      name: "keeps the comment after an earlier digest",
      lines: [`digest: sha256:${OLD}`, "newTag: v1 # x-release-please-version"],
      is: [`${digest} # x-release-please-version`],
      notes: [/which now precedes its comment: # x-release-please-version$/],
    },
    {
      name: "reports the comment if the digest has one too",
      lines: ["newTag: v1 # billing pins this", `digest: sha256:${OLD} # signed`],
      is: [`${digest} # signed`],
      notes: [/^The digest replaced .*\.newTag, and its comment was removed: # billing pins this$/],
    },
    {
      name: "has no note without a comment",
      lines: ["newTag: v1", `digest: sha256:${OLD} # signed`],
      is: [`${digest} # signed`],
      notes: [],
    },
  ])("$name", ({ lines, is, notes }) => {
    const edited = edit(entryOf(...lines), "ghcr.io/acme/app")
    expect(edited.text).toBe(entryOf(...is))
    expect(edited.notes).toEqual(notes.map((note) => (typeof note === "string" ? note : expect.stringMatching(note))))
  })

  test("keeps the comment after a dash with the digest", () => {
    const text = `images:\n- digest: sha256:${OLD}\n  newTag: v1 # why\n  name: ghcr.io/acme/app`
    expect(edit(text, "ghcr.io/acme/app").text).toBe(`images:\n- ${digest} # why\n  name: ghcr.io/acme/app`)
  })
})

test.each([
  { name: "an image transformer's list", text: "imageTags:\n- name: app\n" },
  { name: "an image transformer's single image", text: "imageTag:\n  name: app\n" },
])("edits $name", ({ text }) => expect(edit(text, "app").text).toContain(NEW))

describe("image of an overlay", () => {
  const set = (text: string, name: string, tags = {}) =>
    setKustomizeImage(text, { name, image: { ref: REF, ...tags } }).text

  test("adds a missing entry and keeps everything else", () => {
    const text = "# what for\nbases:\n  - ../base # first\n# patches:\n# - path: debug.yaml\n"
    expect(set(text, "app")).toBe(
      `${text}images:\n  - name: app\n    newName: ghcr.io/acme/app\n    digest: sha256:${NEW}\n`,
    )
  })

  test("adds no newName if the manifests have the repository", () => {
    expect(set("resources:\n- a\n", "ghcr.io/acme/app", { tag: "v2" })).toBe(
      `resources:\n- a\nimages:\n- name: ghcr.io/acme/app\n  newTag: v2\n  digest: sha256:${NEW}\n`,
    )
  })

  test("finds an image by its newName", () => {
    const text = "images:\n- name: web\n  newName: ghcr.io/acme/app\n  newTag: v1 # renovate\n"
    expect(set(text, "ghcr.io/acme/app")).toBe(
      `images:\n- name: web\n  newName: ghcr.io/acme/app\n  digest: sha256:${NEW} # renovate\n`,
    )
  })

  test("refuses an image that two entries name", () => {
    const text = "images:\n- {name: a, newName: ghcr.io/acme/app}\n- {name: b, newName: ghcr.io/acme/app}\n"
    expect(() => set(text, "ghcr.io/acme/app")).toThrow(/^EDIT_INVALID: .*got 2 \(images\[name=a\], images\[name=b\]\)/)
  })

  test("keeps a tag with Flux's marker, and writes the spare tag", () => {
    const text = 'images:\n- name: app\n  newTag: v1 # {"$imagepolicy": "ns:app:tag"}\n'
    expect(() => set(text, "app")).toThrow(/the marker of Flux.*--tag/)
    expect(set(text, "app", { spareTag: "v3" })).toContain('newTag: v3 # {"$imagepolicy": "ns:app:tag"}\n')
    expect(set("images:\n- name: app\n  newTag: v1\n", "app", { spareTag: "v3" })).not.toContain("newTag")
  })

  test.each([
    { name: "a blank", lead: ": # by CI" },
    { name: "two blanks", lead: ":  # by CI" },
  ])("edits an empty tag before a comment after $name", ({ lead }) => {
    expect(set(`images:\n- name: app\n  newTag${lead}\n`, "app", { tag: "v2" })).toMatch(/newTag: v2 +# by CI\n/)
    expect(set(`images:\n- name: app\n  newTag${lead}\n`, "app")).toMatch(/digest: sha256:2+ +# by CI\n/)
  })
})
