import type { Argument, Method, ModuleObject, PublicApi, TypeDef } from "../public-api.ts"
import { kebab } from "./flag.ts"

/** A flag as it is written: `--source=.` and `--source .` alike. */
export type Call = { text: string; words: string[] }

/** What the engine's own objects offer on a command line after a function of the module. */
const CORE: Record<string, string[]> = {
  Directory: ["export", "entries", "file", "directory", "glob"],
  File: ["export", "contents", "size"],
  Secret: ["plaintext"],
  string: [],
}
const CORE_FLAGS = ["path", "wipe", "pattern"]

/**
 * The commands `dagger … call …` of a shell text: lines that go on are joined, comments and what a pipe feeds are not taken,
 * and neither are calls of the modules in examples/.
 */
export function callsIn(shell: string): Call[] {
  return shell
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .flatMap((line) => commandsOf(wordsOf(line)))
    .flatMap((words) => {
      const at = words[0] === "dagger" ? words.indexOf("call") : -1
      const isOther = words[words.indexOf("-m") + 1]?.startsWith("examples/")
      return at < 0 || isOther ? [] : [{ text: words.join(" "), words: words.slice(at + 1) }]
    })
}

/** What is wrong with a call, by the introspection; nothing, if the module has all of its names. */
export function faultsOf({ words }: Call, api: PublicApi): string[] {
  const root = { name: "Slipway", description: api.description, fields: api.fields, methods: api.methods }
  const faults: string[] = []
  let here: ModuleObject | string = root
  let flags = flagNames(Object.values(api.construct.arguments))
  let place = "before the function"
  let missing: string[] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const flag = /^--?([\w-]+)/.exec(word)?.[1]
    if (flag !== undefined) {
      if (!flags.includes(flag)) faults.push(`--${flag} is no flag ${place}`)
      missing = missing.filter((name) => name !== flag)
      if (!word.includes("=") && rest[0] && !isName(rest[0], here)) rest.shift()
      continue
    }
    if (word === "…") continue
    faults.push(...missing.map((name) => `--${name} is missing ${place}`))
    const next: { type: TypeDef; args: Argument[] } | undefined = step(word, here)
    if (!next) return [...faults, `${word} is no function of ${typeof here === "string" ? here : here.name}`]
    here = objectOf(next.type, api)
    flags = typeof here === "string" && next.args.length === 0 ? CORE_FLAGS : flagNames(next.args)
    missing = next.args.filter(isRequired).map(({ name }) => kebab(name))
    place = `of ${word}`
  }
  // an example may leave out with … what it is not about
  const open = words.includes("…") || words.includes("--help")
  return [...faults, ...(open ? [] : missing.map((name) => `--${name} is missing ${place}`))]
}

function step(word: string, here: ModuleObject | string): { type: TypeDef; args: Argument[] } | undefined {
  if (typeof here === "string")
    return CORE[here]?.includes(word) ? { type: { kind: "CORE", name: word }, args: [] } : undefined
  const method = here.methods.find(({ name }: Method) => kebab(name) === word)
  if (method) return { type: method.returnType, args: Object.values(method.arguments) }
  const field = here.fields.find(({ name }) => kebab(name) === word)
  return field && { type: field.type, args: [] }
}

function objectOf({ kind, name }: TypeDef, { objects }: PublicApi): ModuleObject | string {
  return objects.find((object) => object.name === name) ?? name ?? kind.replace("_KIND", "").toLowerCase()
}

/** A word after a flag without `=` is its value, unless a function bears that name: then the flag is a boolean. */
function isName(word: string, here: ModuleObject | string): boolean {
  return word.startsWith("-") || step(word, here) !== undefined
}

function isRequired({ isNullable, isOptional, defaultValue }: Argument): boolean {
  return !isNullable && !isOptional && defaultValue === undefined
}

function flagNames(args: Argument[]): string[] {
  return [...args.map(({ name }) => kebab(name)), "help"]
}

/** Words as a shell splits them, with quotes taken away; a separator is a word of its own, and a comment ends the line. */
function wordsOf(line: string): string[] {
  const [code = ""] = line.split(/(?:^|\s)#\s.*$/)
  return [...code.matchAll(/\|\||&&|[|;>]|(?:"[^"]*"|'[^']*'|[^\s"'|;>])+/g)].map(([word]) => word.replace(/["']/g, ""))
}

function commandsOf(words: string[]): string[][] {
  const commands: string[][] = [[]]
  for (const word of words) {
    if (/^(?:\|\|?|&&|;|>)$/.test(word)) commands.push([])
    else commands.at(-1)?.push(word)
  }
  return commands
}
