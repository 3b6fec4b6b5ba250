import { expect, test } from "vitest"
import { parseYaml } from "../../../src/gitops/edit/yaml-file.ts"
import { writeYaml } from "../../../src/gitops/edit/yaml-write.ts"

const place = (...at: string[]) => ({ document: 0, at })

test("says what changed", () => {
  const file = parseYaml("a: 1\n")
  expect(writeYaml(file, { splices: [{ start: 3, end: 4, text: "2" }], places: [place("a")] })).toEqual({
    text: "a: 2\n",
    changes: [{ path: "a", before: "1", after: "2" }],
    notes: [],
  })
})

test("without a change it only has notes", () => {
  expect(writeYaml(parseYaml("a: 1\n"), { splices: [], places: [], notes: ["n"] })).toEqual({
    text: "a: 1\n",
    changes: [],
    notes: ["n"],
  })
})

test("refuses a change of a place that was not meant, unless it is shared on purpose", () => {
  const file = parseYaml("a: &x 1\nb: *x\n")
  const intent = { splices: [{ start: 6, end: 7, text: "2" }], places: [place("a")] }
  expect(() => writeYaml(file, intent)).toThrow(/EDIT_INVALID: .*got one that also stands at b/)
  expect(writeYaml(file, { ...intent, shared: true }).changes).toHaveLength(2)
})

test("refuses what is no YAML any more", () => {
  expect(() =>
    writeYaml(parseYaml("a: 1\n"), { splices: [{ start: 3, end: 4, text: "[" }], places: [place("a")] }),
  ).toThrow(/EDIT_INVALID/)
})
