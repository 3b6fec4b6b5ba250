import { existsSync, readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { kebab } from "./flag.ts"
import { prose } from "./markdown.ts"
import { ROOT, referencePages, WRITE } from "./reference.ts"
import { renderKeys } from "./schema.ts"

describe("docs/reference", () => {
  const pages = referencePages()

  test.each(Object.entries(pages))("%s is what the code says", (path, text) => {
    const file = new URL(path, ROOT)
    expect(existsSync(file) && readFileSync(file, "utf8"), `${path} differs from the code; run: ${WRITE}`).toBe(text)
  })

  test("holds no page that is not generated", () => {
    const found = readdirSync(new URL("docs/reference/", ROOT)).map((name) => `docs/reference/${name}`)
    expect(found.sort()).toEqual(Object.keys(pages).sort())
  })
})

test.each([
  { name: "buildMultiArch", flag: "build-multi-arch" },
  { name: "kmsKey", flag: "kms-key" },
  { name: "ref", flag: "ref" },
])("spells $name as the command line does", ({ name, flag }) => {
  expect(kebab(name)).toBe(flag)
})

test("escapes what Markdown would take for HTML or emphasis, but not in code", () => {
  expect(prose("repo@sha256:<digest>, pr-*, `a*<b>`")).toBe("repo@sha256:\\<digest>, pr-\\*, `a*<b>`")
})

describe("the keys of a schema", () => {
  test("are paths, with the choices of a value in one line", () => {
    const off = { const: false }
    const on = { type: "object", properties: { paths: { type: "array", items: { type: "string" } } } }
    const named = {
      type: "object",
      additionalProperties: { type: "object", required: ["path"], properties: { path: { type: "string" } } },
    }
    expect(renderKeys({ properties: { test: { description: "tests", anyOf: [off, on] }, services: named } })).toBe(
      [
        "| Key | Type | Description |",
        "| --- | --- | --- |",
        "| `test` | `false` or object | tests |",
        "| `test.paths` | list of string |  |",
        "| `services` | mapping to object |  |",
        "| `services.NAME.path` | string, required |  |",
      ].join("\n"),
    )
  })

  test("below a path that is described elsewhere are left out, and the path must exist", () => {
    const schema = { properties: { release: { properties: { ok: { type: "boolean" } } } } }
    expect(renderKeys(schema, { release: "as above" })).toMatch(/\| `release` \| any \| as above \|$/)
    expect(() => renderKeys(schema, { gone: "as above" })).toThrow("the schema has no gone")
  })

  test("are not written where a keyword is unknown, such as dependentRequired", () => {
    expect(() => renderKeys({ dependentRequired: {} } as object)).toThrow("does not show dependentRequired")
  })
})
