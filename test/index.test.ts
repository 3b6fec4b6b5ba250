import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import type { Slipway } from "../src/index.ts"
import { CONSTRUCTOR_ARGUMENTS, construct } from "./construct.ts"
import { type ModuleObject, readPublicApi, renderArguments, renderField, renderSignature } from "./public-api.ts"

const FACADE = readFileSync(new URL("../src/index.ts", import.meta.url), "utf8")
const api = readPublicApi()
const functions = [...api.methods, ...api.objects.flatMap(({ methods }) => methods)]

test("matches the reviewed public API in public-api.txt; `npm run test:unit -- --update` writes it", async () => {
  const root = { name: "Slipway", description: "", fields: api.fields, methods: api.methods }
  const enums = api.enums.map(({ name, values }) => `enum ${name} { ${values.join(", ")} }`)
  const construct = `Slipway(\n  ${renderArguments(api.construct.arguments).replace(/, (?=\w+\??: )/g, ",\n  ")})`
  const text = [construct, ...[root, ...api.objects].map(renderObject), ...enums].join("\n\n")
  await expect(`${text}\n`).toMatchFileSnapshot("public-api.txt")
})

function renderObject({ name, fields, methods }: ModuleObject): string {
  const signatures = methods.map((method) => renderSignature(method).replace(/([(,]) ?(?=\w+\??: )/g, "$1\n    "))
  return [`object ${name}`, ...fields.map(renderField), ...signatures].join("\n  ")
}

test("keeps the names of the seven functions that other modules use", () => {
  const names = api.methods.map(({ name }) => name)
  const seven = ["test", "buildMultiArch", "trivyScan", "cosignSign", "publish", "bumpGitops", "ship"]
  expect(names).toEqual(expect.arrayContaining(seven))
})

test("has few enough functions for one screen", () => {
  expect(api.methods.length + api.fields.length).toBeLessThan(40)
})

test.each(api.fields)("has in the group $name only fields with the constructor's arguments", ({ name }) => {
  const given = Object.fromEntries(CONSTRUCTOR_ARGUMENTS.map((argument) => [argument, `given ${argument}`]))
  const module: Slipway = construct(given as object)
  const group = Object.entries(module[name as keyof Slipway] as object)
  expect(group.filter(([field, value]) => value !== `given ${field}`)).toEqual([])
  expect(group.map(([field]) => field).filter((field) => !(field in given))).toEqual([])
})

test.each(api.objects.filter(({ methods }) => methods.length))(
  "shows only functions in the group $name",
  ({ fields }) => {
    expect(fields).toEqual([])
  },
)

test.each(functions)("documents $name in one line, and each argument", (method) => {
  const [summary = "", next] = method.description.split("\n")
  expect(summary).toMatch(/^[A-Z].{20,118}\.$/)
  expect(next).toBe("")
  expect(method.description).toMatch(/Errors: /)
  const undocumented = Object.values(method.arguments).filter(({ description }) => description.length < 10)
  expect(undocumented.map(({ name }) => name)).toEqual([])
})

test("documents every argument of the constructor with its default", () => {
  expect(Object.keys(api.construct.arguments), "as tests build it").toEqual([...CONSTRUCTOR_ARGUMENTS])
  for (const { name, description } of Object.values(api.construct.arguments)) {
    expect(description, name).toMatch(/default/)
  }
})

test("has no field or function named id, which the engine reserves", () => {
  const names = [api, ...api.objects].flatMap(({ fields, methods }) => [...fields, ...methods].map(({ name }) => name))
  expect(names).not.toContain("id")
})

// https://go.dev/ref/spec#Keywords
const GO_KEYWORDS =
  "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var"

test.each(api.objects)(
  "has no field of $name that is a keyword of Go, because the Go SDK generates a struct",
  ({ fields }) => {
    expect(fields.map(({ name }) => name).filter((name) => GO_KEYWORDS.split(" ").includes(name))).toEqual([])
  },
)

test("has no argument with a digit, which the CLI would spell in two ways", () => {
  const names = [api.construct, ...functions].flatMap((callable) => Object.keys(callable.arguments))
  expect(names.filter((name) => /\d/.test(name))).toEqual([])
})

const byConstructor = { name: "the constructor", arguments: api.construct.arguments }
test.each([byConstructor, ...functions])(
  "has no argument of $name with the name of a CLI flag",
  ({ arguments: args }) => {
    // `dagger call --help`: a function with such an argument cannot be called at all
    const own = [
      "json",
      "output",
      "mod",
      "debug",
      "help",
      "interactive",
      "progress",
      "quiet",
      "silent",
      "verbose",
      "web",
    ]
    expect(Object.keys(args).filter((name) => own.includes(name))).toEqual([])
  },
)

test.each(api.methods.filter(({ returnType }) => api.objects.some(({ name }) => name === returnType.name)))(
  "$name runs once in a session, since a client reads each field of its result by a query of its own",
  ({ name }) => {
    const [, policy] = FACADE.match(new RegExp(`@func\\(\\{ cache: "(\\w+)" \\}\\)[^\\n]*\\n  async ${name}\\(`)) ?? []
    expect(policy).toBe("session")
  },
)
