import { describe, expect, test } from "vitest"
import { parseYaml } from "../../../../lib/gitops/edit/yaml/document.ts"
import { changedLeaves, leafAt, writeYaml } from "../../../../lib/gitops/edit/yaml/write.ts"
import { NEW, REF } from "../edit-cases.ts"

describe("yaml leaves", () => {
  const changes = (before: string, after: string) =>
    changedLeaves(parseYaml(before), parseYaml(after)).map(
      ({ path, before, after }) => `${path}: ${before} -> ${after}`,
    )

  test.each([
    { before: "a: 1", after: "a: 1 # said", is: [] },
    { before: "a: 1", after: "a: '1'", is: [] },
    { before: "a: 1\nb: 2", after: "b: 2\na: 3", is: ["a: 1 -> 3"] },
    { before: "a: {b: 1}", after: "a: {b: 1, c: 2}", is: ["a.c:  -> 2"] },
    { before: "a: {b: 1, c: 2}", after: "a: {b: 1}", is: ["a.c: 2 -> "] },
    { before: "a: &x 1\nb: *x", after: "a: &x 2\nb: *x", is: ["a: 1 -> 2", "b: 1 -> 2"] },
    { before: "d: &d {v: 1}\ne: {<<: *d}", after: "d: &d {v: 2}\ne: {<<: *d}", is: ["d.v: 1 -> 2", "e.v: 1 -> 2"] },
  ])("lists the changes from $before to $after", ({ before, after, is }) => expect(changes(before, after)).toEqual(is))

  test("finds a value by its place in its document", () => {
    const file = parseYaml("a: [x, {b: y}]\n---\nc:")
    expect(leafAt(file, { document: 0, at: ["a", 1, "b"] })).toBe("y")
    expect(leafAt(file, { document: 1, at: ["c"] })).toBe("")
    expect(leafAt(file, { document: 1, at: ["a"] })).toBeUndefined()
    expect(leafAt(file, { document: 2, at: ["c"] })).toBeUndefined()
  })

  test.each([
    {
      name: "in one document",
      before: "a: 1\n---\na: 1\n",
      after: "a: 1\n---\na: 2\n",
      is: ["document 2:a: 1 -> 2"],
    },
    {
      name: "by an added document",
      before: "a: 1\n---\na: 1\n",
      after: "a: 1\n---\na: 1\n---\nb: 2\n",
      is: ["document 3:b:  -> 2"],
    },
    { name: "by a removed document", before: "a: 1\n---\nb: 2\n", after: "a: 1\n", is: ["document 2:b: 2 -> "] },
  ])("lists a change $name", ({ before, after, is }) => expect(changes(before, after)).toEqual(is))

  test("refuses an anchor that contains its own alias", () => {
    expect(() => changes("a: 1", "a: &a [*a]")).toThrow(/^EDIT_INVALID: expected a document of at most 250,000 values/)
  })

  test("accepts a hundred aliases of values", () => {
    const services = Array.from({ length: 300 }, (_, i) => `  s${i}: {<<: *b, image: i${i}}`).join("\n")
    const text = `l: &l {driver: json}\na: &a {restart: always, logging: *l}\nb: &b {<<: *a}\nservices:\n${services}\n`
    expect(changes(text, text.replace("i7}", "i0}"))).toEqual(["services.s7.image: i7 -> i0"])
  })

  test("refuses aliases of aliases that multiply, before memory is exhausted", () => {
    const lines = Array.from({ length: 9 }, (_, i) => {
      const before = i ? `*a${i - 1}` : "x"
      return `a${i}: &a${i} [${Array.from({ length: 9 }, () => before).join(", ")}]`
    })
    expect(() => changes("a: 1", lines.join("\n"))).toThrow(
      /^EDIT_INVALID: expected a document of at most 250,000 values/,
    )
  })

  test("refuses an alias without an anchor", () => {
    expect(() => changes("a: 1", "a: *nothing")).toThrow(/EDIT_INVALID/)
  })
})

describe("yaml write", () => {
  const image = { ref: REF }
  const place = (at: string, text?: string | null) => ({ document: 0, at: [at], ...(text !== undefined && { text }) })

  test("lists the changed values", () => {
    const file = parseYaml("a: 1\n")
    expect(writeYaml(file, { image, splices: [{ start: 3, end: 4, text: "2" }], places: [place("a")] })).toEqual({
      text: "a: 2\n",
      changes: [{ path: "a", before: "1", after: "2" }],
      notes: [],
      pinned: false,
    })
  })

  test("returns only notes without a change", () => {
    expect(writeYaml(parseYaml("a: 1\n"), { image, splices: [], places: [], notes: ["n"] })).toEqual({
      text: "a: 1\n",
      changes: [],
      notes: ["n"],
      pinned: false,
    })
  })

  test("refuses a change of another place, unless the edit addresses an anchor", () => {
    const file = parseYaml("a: &x 1\nb: *x\n")
    const intent = { image, splices: [{ start: 6, end: 7, text: "2" }], places: [place("a")] }
    expect(() => writeYaml(file, intent)).toThrow(/EDIT_INVALID: .*got one that b shares/)
    expect(writeYaml(file, { ...intent, shared: true }).changes).toHaveLength(2)
  })

  test("refuses a result that is not YAML", () => {
    expect(() =>
      writeYaml(parseYaml("a: 1\n"), { image, splices: [{ start: 3, end: 4, text: "[" }], places: [place("a")] }),
    ).toThrow(/EDIT_INVALID/)
  })

  test.each([
    { name: "runs into a comment", splice: { start: 3, end: 3, text: "2" }, got: '"2# said"' },
    { name: "did not change", splice: undefined, got: '""' },
  ])("refuses a value that $name, because a reader would find another", ({ splice, got }) => {
    const intent = { image, splices: splice ? [splice] : [], places: [place("a", "2")] }
    expect(() => writeYaml(parseYaml("a: # said\n"), intent)).toThrow(
      `EDIT_INVALID: expected 2 at a after the edit, got ${got}`,
    )
  })

  test("refuses a result that still has a removed value", () => {
    expect(() => writeYaml(parseYaml("a: 1\n"), { image, splices: [], places: [place("a", null)] })).toThrow(
      'EDIT_INVALID: expected no value at a after the edit, got "1"',
    )
  })

  test.each([
    { text: `sha256:${NEW}`, pinned: true },
    { text: "v1", pinned: false },
  ])("tells whether a value with $text holds the digest: $pinned", ({ text, pinned }) => {
    expect(writeYaml(parseYaml(`a: ${text}\n`), { image, splices: [], places: [place("a", text)] }).pinned).toBe(pinned)
  })
})
