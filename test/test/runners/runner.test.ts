import { expect, test } from "vitest"
import { firstText, hasAny } from "../../../lib/test/runners/runner.ts"

const project = { path: ".", entries: ["a", "b"], text: { b: "", c: "text" } }

test("the first file that is there counts, even an empty one", () => {
  expect(firstText(project, "a", "b", "c")).toBe("")
  expect(firstText(project, "x")).toBeUndefined()
})

test("a file is there when the directory lists it", () => {
  expect(hasAny(project, "x", "b")).toBe(true)
  expect(hasAny(project, "c")).toBe(false)
})
