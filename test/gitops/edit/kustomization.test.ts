import { describe, expect, test } from "vitest"
import { applyKustomize, setKustomizeImage } from "../../../lib/gitops/edit/kustomization.ts"
import { NEW, OLD, REF } from "./edit-cases.ts"

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

describe("what is said on the line of a tag that gives way to the digest", () => {
  const entryOf = (...lines: string[]) =>
    `images:\n- name: ghcr.io/acme/app\n${lines.map((line) => `  ${line}\n`).join("")}`
  const digest = `digest: sha256:${NEW}`

  test.each([
    {
      name: "stays, where the digest takes its line",
      lines: ["newTag: v1 # billing pins this"],
      is: [`${digest} # billing pins this`],
      notes: [
        "images[name=ghcr.io/acme/app].newTag gave way to the digest, which stands before its comment now: # billing pins this",
      ],
    },
    {
      name: "stays, where there is a digest already",
      lines: ["newTag: v1 # billing pins this", `digest: sha256:${OLD}`],
      is: [`${digest} # billing pins this`],
      notes: [/before its comment now: # billing pins this$/],
    },
    {
      name: "stays, where the digest stands before it",
      lines: [`digest: sha256:${OLD}`, "newTag: v1 # x-release-please-version"],
      is: [`${digest} # x-release-please-version`],
      notes: [/before its comment now: # x-release-please-version$/],
    },
    {
      name: "is told, where the digest has a comment too",
      lines: ["newTag: v1 # billing pins this", `digest: sha256:${OLD} # signed`],
      is: [`${digest} # signed`],
      notes: [/\.newTag gave way to the digest, and its comment went with it: # billing pins this$/],
    },
    {
      name: "is nothing, without a comment",
      lines: ["newTag: v1", `digest: sha256:${OLD} # signed`],
      is: [`${digest} # signed`],
      notes: [],
    },
  ])("$name", ({ lines, is, notes }) => {
    const edited = edit(entryOf(...lines), "ghcr.io/acme/app")
    expect(edited.text).toBe(entryOf(...is))
    expect(edited.notes).toEqual(notes.map((note) => (typeof note === "string" ? note : expect.stringMatching(note))))
  })

  test("stays behind a dash, where the digest comes first", () => {
    const text = `images:\n- digest: sha256:${OLD}\n  newTag: v1 # why\n  name: ghcr.io/acme/app`
    expect(edit(text, "ghcr.io/acme/app").text).toBe(`images:\n- ${digest} # why\n  name: ghcr.io/acme/app`)
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
    expect(() => set(text, "app")).toThrow(/the marker of Flux.*--tag/)
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
