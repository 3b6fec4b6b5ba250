import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const SDK = join(ROOT, "node_modules/@dagger.io/dagger/dist/src")

export type TypeDef = { kind: string; name?: string; typeDef?: TypeDef }
export type Argument = {
  name: string
  description: string
  type: TypeDef
  isNullable: boolean
  isOptional: boolean
  defaultValue?: unknown
}
type Callable = { description?: string; arguments: Record<string, Argument> }
export type Method = Callable & { name: string; description: string; returnType: TypeDef }
export type Field = { name: string; description: string; type: TypeDef }
/** An object that functions return, or that groups them. */
export type ModuleObject = { name: string; description: string; fields: Field[]; methods: Method[] }
export type ModuleEnum = { name: string; values: string[] }

/** The module's public API, read from src/ by the SDK. */
export type PublicApi = {
  description: string
  construct: Callable
  fields: Field[]
  methods: Method[]
  /** All objects except Slipway. */
  objects: ModuleObject[]
  enums: ModuleEnum[]
}
type Introspected = Pick<ModuleObject, "name" | "description"> & {
  /** Empty for an object with only fields. */
  methods?: Record<string, Method>
  properties: Record<string, Field & { isExposed: boolean }>
}

/** Runs the SDK's introspection, with which the engine registers the module. */
export function readPublicApi(): PublicApi {
  const dir = mkdtempSync(join(tmpdir(), "slipway-api-"))
  try {
    // the SDK skips declaration files, so the client's types are passed as the generated source
    const client = join(dir, "client.gen.ts")
    copyFileSync(join(SDK, "api/client.gen.d.ts"), client)
    const script = join(SDK, "module/entrypoint/introspection_entrypoint.js")
    // it exits before a pipe has all its output, so it writes to a file
    const said = join(dir, "api.json")
    execFileSync(process.execPath, [script, "slipway", join(ROOT, "src"), client], {
      env: { ...process.env, DRY_RUN: "1" },
      stdio: ["ignore", openSync(said, "w"), "inherit"],
    })
    const { description, objects, enums } = JSON.parse(readFileSync(said, "utf8"))
    const { Slipway: slipway, ...others } = objects
    return {
      ...moduleObject(slipway),
      description,
      construct: slipway.constructor,
      objects: byName(Object.values<Introspected>(others)).map(moduleObject),
      enums: byName(Object.values<{ name: string; values: object }>(enums)).map(({ name, values }) => ({
        name,
        values: Object.keys(values),
      })),
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Sorted, because the SDK lists them in the order of files. */
function byName<Named extends { name: string }>(all: Named[]): Named[] {
  return all.toSorted((a, b) => a.name.localeCompare(b.name))
}

function moduleObject({ name, description, methods = {}, properties }: Introspected): ModuleObject {
  const fields = Object.values(properties).filter(({ isExposed }) => isExposed)
  return { name, description, fields, methods: Object.values(methods) }
}

/** A function as one line, for public-api.txt. */
export function renderSignature({ name, arguments: args, returnType }: Method): string {
  return `${name}(${renderArguments(args)}): ${renderType(returnType)}`
}

export function renderField({ name, type }: Field): string {
  return `${name}: ${renderType(type)}`
}

export function renderArguments(args: Record<string, Argument>): string {
  return Object.values(args).map(renderArgument).join(", ")
}

function renderArgument({ name, type, isOptional, isNullable, defaultValue }: Argument): string {
  const value = defaultValue === undefined ? "" : ` = ${JSON.stringify(defaultValue)}`
  return `${name}${(isOptional || isNullable) && !value ? "?" : ""}: ${renderType(type)}${value}`
}

function renderType({ kind, name, typeDef }: TypeDef): string {
  if (typeDef) return `${renderType(typeDef)}[]`
  return name ?? kind.replace("_KIND", "").toLowerCase()
}
