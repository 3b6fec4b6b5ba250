import { describe, expect, test } from "vitest"
import { applyFlux } from "../../../lib/gitops/edit/flux.ts"
import { REF } from "./edit-cases.ts"

const edit = (text: string, tag?: string) =>
  applyFlux(text, { kind: "flux", policy: "ns:app", image: { ref: REF, ...(tag && { tag }) } })
const marker = (variant = "") => `# {"$imagepolicy": "ns:app${variant}"}`

describe("what the marker marks", () => {
  test.each([
    { name: "the value before it", text: `a: b.c/d:1 ${marker()}\n`, places: ["a"] },
    { name: "an element of a list", text: `a:\n- b.c/d:1 ${marker()}\n`, places: ["a[0]"] },
    { name: "a value before a comma", text: `a: [\n  b.c/d:1, ${marker()}\n]\n`, places: ["a[0]"] },
    { name: "a marker without blanks", text: 'a: b.c/d:1 #{"$imagepolicy":"ns:app"}\n', places: ["a"] },
  ])("is $name", ({ text, places }) => expect(edit(text).changes.map(({ path }) => path)).toEqual(places))

  test("is nothing in a comment of its own line", () => {
    expect(() => edit(`${marker()}\na: b\n`)).toThrow(/IMAGE_NOT_FOUND/)
  })
})

test("a marker of another kind is refused", () => {
  expect(() => edit(`a: b ${marker(":date")}\n`)).toThrow(/EDIT_INVALID: .*got :date at a/)
})

test("a tag alone, without a digest beside it, needs a tag to stand with it", () => {
  expect(() => edit(`a: v1 ${marker(":tag")}\n`)).toThrow(/EDIT_INVALID: expected a tag/)
  expect(edit(`a: v1 ${marker(":tag")}\n`, "v2").changes[0]?.after).toMatch(/^v2@sha256:/)
})

test("a tag alone takes the spare tag, where no other was passed", () => {
  const image = { ref: REF, spareTag: "v3" }
  const { changes } = applyFlux(`a: v1 ${marker(":tag")}\n`, { kind: "flux", policy: "ns:app", image })
  expect(changes[0]?.after).toMatch(/^v3@sha256:/)
})
