import { existsSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { parseSettings } from "../../lib/config/settings-file.ts"
import { type PublicApi, readPublicApi } from "../public-api.ts"
import { callsIn, faultsOf } from "./call.ts"
import { anchorsOf, blocksOf, documents, inlineCode, linksOf } from "./documents.ts"
import { kebab } from "./flag.ts"
import { ROOT } from "./reference.ts"

const api = readPublicApi()
const pages = documents()
const handWritten = pages.filter(({ path }) => !path.startsWith("docs/reference/"))
const blocks = handWritten.flatMap(blocksOf)
const inline = handWritten.flatMap(inlineCode)

describe("commands in README and docs", () => {
  const calls = [...blocks.filter(({ language }) => language === "sh"), ...inline].flatMap(({ text, at }) =>
    callsIn(text).map((call) => ({ ...call, at })),
  )

  test("are there", () => {
    expect(calls.length).toBeGreaterThan(40)
  })

  test.each(calls)("$at: $text", (call) => {
    expect(faultsOf(call, api)).toEqual([])
  })

  test("call dagger in blocks of shell only, which are checked", () => {
    const strange = blocks.filter(({ language, text }) => language !== "sh" && /^\s*dagger\b.* call /m.test(text))
    expect(strange.map(({ at }) => at)).toEqual([])
  })
})

/** Flags of other programs that the text names. */
const FOREIGN = ["network", "mount", "platform", "enable-helm"]

test("flags that a text names are flags of a function or of the constructor", () => {
  const callables = [api.construct, ...api.methods, ...api.objects.flatMap(({ methods }) => methods)]
  const known = new Set([...callables.flatMap((one) => Object.keys(one.arguments).map(kebab)), ...FOREIGN, "help"])
  const current = handWritten.filter(({ path }) => path !== "CHANGELOG.md") // which also names flags of before
  const named = current
    .flatMap(inlineCode)
    .flatMap(({ text, at }) => [...text.matchAll(/^--([a-z][a-z-]*)/g)].map(([, flag = ""]) => ({ flag, at })))
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter(({ flag }) => !known.has(flag))).toEqual([])
})

test("flags that a text names with a function are flags of that function", () => {
  const names = api.methods.map(({ name }) => kebab(name))
  const named = inline.filter(({ text }) => names.includes(text.split(" ")[0] ?? "") && text.includes(" --"))
  expect(named.length).toBeGreaterThan(1)
  const faults = named.flatMap(({ text, at }) =>
    callsIn(`dagger call ${text} …`).flatMap((call) => faultsOf(call, api).map((fault) => `${at}: ${fault}`)),
  )
  expect(faults).toEqual([])
})

test("lines of .env name arguments of the constructor", () => {
  const names = Object.keys(api.construct.arguments).map((name) => `SLIPWAY_${name.toUpperCase()}`)
  const lines = blocks.flatMap(({ text, at }) =>
    [...text.matchAll(/^(SLIPWAY_[A-Z]+)=/gm)].map(([, name = ""]) => ({ name, at })),
  )
  expect(lines.length).toBeGreaterThan(10)
  expect(lines.filter(({ name }) => !names.includes(name))).toEqual([])
})

test.each(blocks.filter(({ language, text }) => language === "yaml" && !text.startsWith("apiVersion:")))(
  "$at is a slipway.yaml",
  ({ text }) => {
    expect(() => parseSettings(text)).not.toThrow()
  },
)

describe("links lead to files and headings that are there", () => {
  const anchors = new Map(pages.map((page) => [new URL(page.path, ROOT).href, anchorsOf(page)]))
  test.each(pages)("in $path", (page) => {
    const broken = linksOf(page).filter((target) => {
      const { href, hash } = new URL(target, new URL(page.path, ROOT))
      const file = href.replace(hash, "")
      return !existsSync(new URL(file)) || (hash !== "" && !anchors.get(file)?.includes(hash.slice(1)))
    })
    expect(broken).toEqual([])
  })
})

test("README fits on two screens, and every hand-written page is reached from it", () => {
  const readme = pages.find(({ path }) => path === "README.md")
  expect(readme?.text.split("\n").length).toBeLessThanOrEqual(121)
  const linked = new Set(readme && linksOf(readme).map((target) => target.split("#")[0]))
  const written = pages.map(({ path }) => path).filter((path) => path !== "README.md" && !path.startsWith("examples/"))
  expect(written.filter((path) => !linked.has(path))).toEqual([])
})

describe("a call is checked by the introspection", () => {
  const argument = (name: string, rest: object = { isOptional: true }) => ({
    [name]: { name, description: "", type: { kind: "STRING_KIND" }, isNullable: false, isOptional: false, ...rest },
  })
  const method = (name: string, args: object, returns: string) => ({
    name,
    description: "",
    arguments: args as PublicApi["construct"]["arguments"],
    returnType: { kind: "OBJECT_KIND", name: returns },
  })
  const small: PublicApi = {
    description: "",
    construct: { arguments: { ...argument("gitToken"), ...argument("plainHttp") } },
    fields: [{ name: "login", description: "", type: { kind: "OBJECT_KIND", name: "Login" } }],
    methods: [method("buildImage", { ...argument("source", {}), ...argument("set") }, "Directory")],
    objects: [{ name: "Login", description: "", fields: [], methods: [method("ecr", argument("role"), "Secret")] }],
    enums: [],
  }
  test.each([
    {
      name: "access before, flags after, and the engine's own",
      call: "--git-token=env:T build-image --source . export --path=x",
      faults: [],
    },
    { name: "a boolean of access before the function", call: "--plain-http build-image --source=.", faults: [] },
    { name: "a function of a group", call: "login ecr --role=r plaintext", faults: [] },
    {
      name: "quotes, a pipe and a comment",
      call: "build-image --source=. --set '\"tags=[a, b]\"' | cat --x # --y",
      faults: [],
    },
    { name: "what an ellipsis leaves out", call: "build-image …", faults: [] },
    {
      name: "access after the function",
      call: "build-image --source=. --git-token=x",
      faults: ["--git-token is no flag of build-image"],
    },
    {
      name: "a flag of the function before it",
      call: "--source=. build-image",
      faults: ["--source is no flag before the function", "--source is missing of build-image"],
    },
    { name: "a required flag that is not there", call: "build-image", faults: ["--source is missing of build-image"] },
    { name: "an unknown function", call: "ship-it", faults: ["ship-it is no function of Slipway"] },
    {
      name: "an unknown function of a result",
      call: "build-image --source=. publish",
      faults: ["publish is no function of Directory"],
    },
  ])("$name", ({ call, faults }) => {
    const [read, ...more] = callsIn(`export A=1\ndagger -m "$SLIPWAY" call \\\n  ${call}`)
    expect(more).toEqual([])
    expect(read && faultsOf(read, small)).toEqual(faults)
  })
})
