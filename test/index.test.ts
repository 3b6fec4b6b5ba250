import { expect, test } from "vitest"
import type { Slipway } from "../src/index.ts"
import { CONSTRUCTOR_ARGUMENTS, construct } from "./construct.ts"
import { type ModuleObject, readPublicApi, renderArguments, renderField, renderSignature } from "./public-api.ts"

const api = readPublicApi()
const functions = [...api.methods, ...api.objects.flatMap(({ methods }) => methods)]

test("the public API is the one that was reviewed: `npm run test:unit -- --update` writes it anew", async () => {
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

test("the seven functions that other modules rely on keep their names", () => {
  const names = api.methods.map(({ name }) => name)
  const seven = ["test", "buildMultiArch", "trivyScan", "cosignSign", "publish", "bumpGitops", "ship"]
  expect(names).toEqual(expect.arrayContaining(seven))
})

test("dagger functions fits on one screen", () => {
  expect(api.methods.length + api.fields.length).toBeLessThan(40)
})

test.each(api.fields)(
  "the group $name has the constructor's arguments that its fields name, and no other field",
  ({ name }) => {
    const given = Object.fromEntries(CONSTRUCTOR_ARGUMENTS.map((argument) => [argument, `given ${argument}`]))
    const module: Slipway = construct(given as object)
    const group = Object.entries(module[name as keyof Slipway] as object)
    expect(group.filter(([field, value]) => value !== `given ${field}`)).toEqual([])
    expect(group.map(([field]) => field).filter((field) => !(field in given))).toEqual([])
  },
)

test.each(api.objects.filter(({ methods }) => methods.length))(
  "the group $name shows functions alone",
  ({ fields }) => {
    expect(fields).toEqual([])
  },
)

test.each(functions)("$name says in one line what it does, and then what each argument is", (method) => {
  const [summary = "", next] = method.description.split("\n")
  expect(summary).toMatch(/^[A-Z].{20,118}\.$/)
  expect(next).toBe("")
  expect(method.description).toMatch(/Errors: /)
  const undocumented = Object.values(method.arguments).filter(({ description }) => description.length < 10)
  expect(undocumented.map(({ name }) => name)).toEqual([])
})

test("every argument of the constructor says what it is and what its default is", () => {
  expect(Object.keys(api.construct.arguments), "as tests build it").toEqual([...CONSTRUCTOR_ARGUMENTS])
  for (const { name, description } of Object.values(api.construct.arguments)) {
    expect(description, name).toMatch(/default/)
  }
})

test("no object has a field or a function named id, which the engine keeps for itself", () => {
  const names = [api, ...api.objects].flatMap(({ fields, methods }) => [...fields, ...methods].map(({ name }) => name))
  expect(names).not.toContain("id")
})

// https://go.dev/ref/spec#Keywords
const GO_KEYWORDS =
  "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var"

test.each(api.objects)("no field of $name is a keyword of Go, for which the SDK generates a struct", ({ fields }) => {
  expect(fields.map(({ name }) => name).filter((name) => GO_KEYWORDS.split(" ").includes(name))).toEqual([])
})

test("no argument's name holds a digit, which the command line would spell in two ways", () => {
  const names = [api.construct, ...functions].flatMap((callable) => Object.keys(callable.arguments))
  expect(names.filter((name) => /\d/.test(name))).toEqual([])
})

const byConstructor = { name: "the constructor", arguments: api.construct.arguments }
test.each([byConstructor, ...functions])(
  "no argument of $name is one that the command line takes for its own",
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
