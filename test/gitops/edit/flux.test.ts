import { describe, expect, test } from "vitest"
import { applyFlux } from "../../../lib/gitops/edit/flux.ts"
import { REF } from "./edit-cases.ts"

const edit = (text: string, tag?: string) =>
  applyFlux(text, { kind: "flux", policy: "ns:app", image: { ref: REF, ...(tag && { tag }) } })
const marker = (variant = "") => `# {"$imagepolicy": "ns:app${variant}"}`

describe("Flux's marker", () => {
  test.each([
    { name: "the value before it", text: `a: b.c/d:1 ${marker()}\n`, places: ["a"] },
    { name: "an element of a list", text: `a:\n- b.c/d:1 ${marker()}\n`, places: ["a[0]"] },
    { name: "a value before a comma", text: `a: [\n  b.c/d:1, ${marker()}\n]\n`, places: ["a[0]"] },
    { name: "a marker without blanks", text: 'a: b.c/d:1 #{"$imagepolicy":"ns:app"}\n', places: ["a"] },
  ])("edits $name", ({ text, places }) => expect(edit(text).changes.map(({ path }) => path)).toEqual(places))

  test("ignores a marker on a separate line", () => {
    expect(() => edit(`${marker()}\na: b\n`)).toThrow(/IMAGE_NOT_FOUND/)
  })
})

test("refuses a marker of an unknown kind", () => {
  expect(() => edit(`a: b ${marker(":date")}\n`)).toThrow(/EDIT_INVALID: .*got :date at a/)
})

test("requires a tag for a marked tag without a marked digest", () => {
  expect(() => edit(`a: v1 ${marker(":tag")}\n`)).toThrow(/EDIT_INVALID: expected a tag/)
  expect(edit(`a: v1 ${marker(":tag")}\n`, "v2").changes[0]?.after).toMatch(/^v2@sha256:/)
})

test("writes the spare tag to a marked tag if no other is passed", () => {
  const image = { ref: REF, spareTag: "v3" }
  const { changes } = applyFlux(`a: v1 ${marker(":tag")}\n`, { kind: "flux", policy: "ns:app", image })
  expect(changes[0]?.after).toMatch(/^v3@sha256:/)
})
