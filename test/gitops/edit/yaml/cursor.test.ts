import { describe, expect, test } from "vitest"
import * as cursor from "../../../../lib/gitops/edit/yaml/cursor.ts"
import { parseYaml } from "../../../../lib/gitops/edit/yaml/document.ts"

const find = (text: string, path: string) => cursor.locate(parseYaml(text), cursor.parseAddress(path))

describe("place", () => {
  test.each([
    { text: "a: {b: c}", path: "a.b", value: "c", place: "a.b" },
    { text: "a: [x, y]", path: "a[1]", value: "y", place: "a[1]" },
    { text: "a: [{name: x, v: 1}, {name: y, v: 2}]", path: "a[name=y].v", value: "2", place: "a[name=y].v" },
    { text: "a: [{m: {name: x}, v: 1}]", path: "a[m.name=x].v", value: "1", place: "a[0].v" },
    { text: "a: 1\n---\nb: 2", path: "b", value: "2", place: "document 2:b" },
    {
      text: "kind: A\nmetadata: {name: x}\nv: 1\n---\nkind: A\nmetadata: {name: y}\nv: 2",
      path: "A/y:v",
      value: "2",
      place: "A/y:v",
    },
    { text: "d: &i {v: 1}\ne: *i", path: "&i.v", value: "1", place: "d.v" },
    { text: "a: &t v1\nb: *t", path: "b", value: "v1", place: "b" },
  ])("finds $path in $text", ({ text, path, value, place }) => {
    const found = find(text, path)
    expect(cursor.textAt(found)).toBe(value)
    expect(cursor.placeText(found)).toBe(place)
  })

  test.each([
    { text: "a: 1", path: "b", error: "the document with the keys a" },
    { text: "a: [x]", path: "a[1]", error: "a with 1 elements" },
    { text: "a: 1", path: "a.b", error: "got a, which is not a mapping" },
    { text: "a: [{name: x}, {name: x}]", path: "a[name=x]", error: "exactly one element" },
    { text: "a: 1\n---\na: 2", path: "a", error: "expected a in one place of the file, got 2" },
    { text: "a: 1", path: "Deployment/web:a", error: "expected an object Deployment/web, got a file with document 1" },
    { text: "a: 1", path: "&x", error: "expected an anchor &x" },
    { text: "d: &i {v: 1}\ne: *i", path: "e.v", error: "shared through the anchor &i" },
    { text: "d: &i {v: 1}\ne: {<<: *i}", path: "e.v", error: "shared through the anchor &i" },
  ])("refuses $path in $text: $error", ({ text, path, error }) => expect(() => find(text, path)).toThrow(error))
})

test("lists a mapping's entries without merged ones, and its fields with them", () => {
  const [root] = cursor.roots(parseYaml("d: &d {a: 1}\ne: {<<: *d, b: 2, c: [x]}"))
  const own = root && cursor.entry(root, "e")
  expect(own && cursor.entries(own).map(([key]) => key)).toEqual(["b", "c"])
  expect(own && cursor.fieldsAt(own)).toEqual({ a: "1", b: "2" })
  expect(root && cursor.descend(root, ["e", "x"])).toBeUndefined()
})

test("lists the elements of a list only", () => {
  const [root] = cursor.roots(parseYaml("a: [x, y]"))
  const list = root && cursor.entry(root, "a")
  expect(list && cursor.elements(list).map(cursor.textAt)).toEqual(["x", "y"])
  expect(root && cursor.elements(root)).toEqual([])
})

test.each([
  { text: "Deployment/web:spec.image", object: { kind: "Deployment", name: "web" }, rest: "spec.image" },
  { text: "ghcr.io/acme/app", object: undefined, rest: "ghcr.io/acme/app" },
  { text: "flux-system:app", object: undefined, rest: "flux-system:app" },
])("splits the object $object from $text", ({ text, object, rest }) => {
  expect(cursor.splitObject(text)).toEqual({ rest, ...(object && { object }) })
})

test("truncates a long list for a message", () => {
  expect(cursor.nameList([])).toBe("nothing")
  expect(cursor.nameList(Array.from({ length: 14 }, (_, at) => `k${at}`))).toMatch(/k11 and 2 more$/)
})

describe("object by name", () => {
  const one = (namespace: string) =>
    `kind: MyKind\nmetadata: {name: TestSvc, namespace: ${namespace}}\nspec: {image: a}\n`
  const file = parseYaml(`${one("prod")}---\n${one("test")}`)

  test("finds an object with upper-case letters", () => {
    const upper = parseYaml(one("prod"))
    expect(cursor.locate(upper, cursor.parseAddress("MyKind/TestSvc:spec.image")).at).toEqual(["spec", "image"])
  })

  test("requires the namespace if two objects have the same name", () => {
    expect(() => cursor.locate(file, cursor.parseAddress("MyKind/TestSvc:spec.image"))).toThrow(
      /got 2 \(MyKind\/prod\/TestSvc:spec\.image, MyKind\/test\/TestSvc:spec\.image\).*with its namespace/,
    )
    expect(cursor.locate(file, cursor.parseAddress("MyKind/test/TestSvc:spec.image")).document).toBe(1)
    expect(() => cursor.locate(file, cursor.parseAddress("MyKind/dev/TestSvc:spec.image"))).toThrow(
      "expected an object MyKind/dev/TestSvc, got a file with MyKind/prod/TestSvc, MyKind/test/TestSvc",
    )
  })
})
