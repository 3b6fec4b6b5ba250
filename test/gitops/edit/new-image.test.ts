import { describe, expect, test } from "vitest"
import {
  fieldTag,
  isSameRepository,
  Part,
  partText,
  repositoryOf,
  requireTag,
  valueText,
} from "../../../lib/gitops/edit/new-image.ts"
import { NEW, REF } from "./edit-cases.ts"

describe("new image", () => {
  describe("parts of an image", () => {
    const digest = `sha256:${NEW}`
    test.each<{ part: Part; plain?: string; tagged?: string }>([
      { part: "ref", plain: REF, tagged: `ghcr.io/acme/app:v2@${digest}` },
      { part: "digest", plain: digest, tagged: digest },
      { part: "hex", plain: NEW, tagged: NEW },
      { part: "tag", plain: undefined, tagged: "v2" },
      { part: "pinned-tag", plain: undefined, tagged: `v2@${digest}` },
      { part: "repository", plain: "ghcr.io/acme/app", tagged: "ghcr.io/acme/app" },
      { part: "registry", plain: "ghcr.io", tagged: "ghcr.io" },
      { part: "path", plain: "acme/app", tagged: "acme/app" },
    ])("renders $part", ({ part, plain, tagged }) => {
      expect(partText({ ref: REF }, part)).toBe(plain)
      expect(partText({ ref: REF, tag: "v2" }, part)).toBe(tagged)
    })

    test("renders a spare tag only in values that hold a tag", () => {
      const image = { ref: REF, spareTag: "v3" }
      expect(partText(image, "ref")).toBe(REF)
      expect(partText(image, "tag")).toBe("v3")
      expect(partText(image, "pinned-tag")).toBe(`v3@${digest}`)
      expect(fieldTag({ ...image, tag: "v2" })).toBe("v2")
    })
  })

  test.each(["v1", "_", "1.2.3-rc.1"])("accepts the tag %s", (tag) => expect(requireTag(tag)).toBe(tag))
  test.each(["", "a b", "a\n", "-a", "a:b", "a".repeat(129)])("refuses the tag %j", (tag) => {
    expect(() => requireTag(tag)).toThrow(/^TAG_INVALID: /)
  })

  test.each([
    { one: "nginx", other: "docker.io/library/nginx", same: true },
    { one: "acme/app", other: "docker.io/acme/app", same: true },
    { one: "index.docker.io/acme/app", other: "docker.io/acme/app", same: true },
    { one: "ghcr.io/acme/app", other: "acme/app", same: false },
    { one: "localhost/app", other: "app", same: false },
    { one: "a.b/c", other: "a.b/d", same: false },
  ])("compares $one and $other: $same", ({ one, other, same }) => expect(isSameRepository(one, other)).toBe(same))
})

describe("value text", () => {
  test.each<{ current: string; part: Part; text: string }>([
    { current: "ghcr.io/acme/app:v1", part: "ref", text: REF },
    { current: "docker.io/acme/old:v1", part: "ref", text: REF },
    { current: "docker://ghcr.io/acme/app:v1", part: "ref", text: `docker://${REF}` },
    { current: "anything", part: "digest", text: `sha256:${NEW}` },
    { current: "docker.io/acme/old", part: "repository", text: "ghcr.io/acme/app" },
  ])("renders $part over $current as $text", ({ current, part, text }) => {
    expect(valueText(current, { part, image: { ref: REF } })).toBe(text)
  })

  test("keeps another spelling of the same repository", () => {
    const ref = REF.replace("ghcr.io/acme/app", "docker.io/library/nginx") as typeof REF
    expect(valueText("nginx:1", { part: "ref", image: { ref } })).toBe(`nginx@sha256:${NEW}`)
  })

  test("requires a tag for a value that holds one", () => {
    expect(() => valueText("v1", { part: "tag", image: { ref: REF } })).toThrow(/EDIT_INVALID: expected a tag.*"v1"/)
  })

  test.each([
    { reference: "a.b/c:v1", repository: "a.b/c" },
    { reference: "a.b:5000/c", repository: "a.b:5000/c" },
    { reference: `a.b/c:v1@sha256:${NEW}`, repository: "a.b/c" },
    { reference: "c", repository: "c" },
  ])("reads the repository $repository from $reference", ({ reference, repository }) => {
    expect(repositoryOf(reference)).toBe(repository)
  })
})
