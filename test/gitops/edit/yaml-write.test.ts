import { expect, test } from "vitest"
import { parseYaml } from "../../../lib/gitops/edit/yaml-file.ts"
import { writeYaml } from "../../../lib/gitops/edit/yaml-write.ts"
import { NEW, REF } from "./edit-cases.ts"

const image = { ref: REF }
const place = (at: string, text?: string | null) => ({ document: 0, at: [at], ...(text !== undefined && { text }) })

test("says what changed", () => {
  const file = parseYaml("a: 1\n")
  expect(writeYaml(file, { image, splices: [{ start: 3, end: 4, text: "2" }], places: [place("a")] })).toEqual({
    text: "a: 2\n",
    changes: [{ path: "a", before: "1", after: "2" }],
    notes: [],
    pinned: false,
  })
})

test("without a change it only has notes", () => {
  expect(writeYaml(parseYaml("a: 1\n"), { image, splices: [], places: [], notes: ["n"] })).toEqual({
    text: "a: 1\n",
    changes: [],
    notes: ["n"],
    pinned: false,
  })
})

test("refuses a change of a place that was not meant, unless it is shared on purpose", () => {
  const file = parseYaml("a: &x 1\nb: *x\n")
  const intent = { image, splices: [{ start: 6, end: 7, text: "2" }], places: [place("a")] }
  expect(() => writeYaml(file, intent)).toThrow(/EDIT_INVALID: .*got one that also stands at b/)
  expect(writeYaml(file, { ...intent, shared: true }).changes).toHaveLength(2)
})

test("refuses what is no YAML any more", () => {
  expect(() =>
    writeYaml(parseYaml("a: 1\n"), { image, splices: [{ start: 3, end: 4, text: "[" }], places: [place("a")] }),
  ).toThrow(/EDIT_INVALID/)
})

test.each([
  { name: "runs into what stands behind it", splice: { start: 3, end: 3, text: "2" }, got: '"2# said"' },
  { name: "was left as it was", splice: undefined, got: '""' },
])("refuses a value that $name, since a reader would not find what was meant", ({ splice, got }) => {
  const intent = { image, splices: splice ? [splice] : [], places: [place("a", "2")] }
  expect(() => writeYaml(parseYaml("a: # said\n"), intent)).toThrow(
    `EDIT_INVALID: expected 2 at a after the edit, got ${got}`,
  )
})

test("a value that was to go must be gone", () => {
  expect(() => writeYaml(parseYaml("a: 1\n"), { image, splices: [], places: [place("a", null)] })).toThrow(
    'EDIT_INVALID: expected no value at a after the edit, got "1"',
  )
})

test.each([
  { text: `sha256:${NEW}`, pinned: true },
  { text: "v1", pinned: false },
])("a file with $text has the digest: $pinned", ({ text, pinned }) => {
  expect(writeYaml(parseYaml(`a: ${text}\n`), { image, splices: [], places: [place("a", text)] }).pinned).toBe(pinned)
})
