import { expect, test } from "vitest"
import { parseYaml } from "../../../src/gitops/edit/yaml-file.ts"
import { changedLeaves, leavesOf } from "../../../src/gitops/edit/yaml-leaves.ts"

const changes = (before: string, after: string) =>
  changedLeaves(parseYaml(before), parseYaml(after)).map(({ path, before, after }) => `${path}: ${before} -> ${after}`)

test.each([
  { before: "a: 1", after: "a: 1 # said", is: [] },
  { before: "a: 1", after: "a: '1'", is: [] },
  { before: "a: 1\nb: 2", after: "b: 2\na: 3", is: ["a: 1 -> 3"] },
  { before: "a: {b: 1}", after: "a: {b: 1, c: 2}", is: ["a.c:  -> 2"] },
  { before: "a: {b: 1, c: 2}", after: "a: {b: 1}", is: ["a.c: 2 -> "] },
  { before: "a: &x 1\nb: *x", after: "a: &x 2\nb: *x", is: ["a: 1 -> 2", "b: 1 -> 2"] },
  { before: "d: &d {v: 1}\ne: {<<: *d}", after: "d: &d {v: 2}\ne: {<<: *d}", is: ["d.v: 1 -> 2", "e.v: 1 -> 2"] },
])("$before to $after", ({ before, after, is }) => expect(changes(before, after)).toEqual(is))

test("leaves are every value, by its place", () => {
  expect(
    [...leavesOf(parseYaml("a: [x, {b: y}]\n---\nc:")).values()].map(({ at, text }) => [at.join("."), text]),
  ).toEqual([
    ["a.0", "x"],
    ["a.1.b", "y"],
    ["c", ""],
  ])
})

test("an alias of nothing is refused", () => {
  expect(() => changes("a: 1", "a: *nothing")).toThrow(/EDIT_INVALID/)
})
