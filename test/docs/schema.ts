import { code, prose, table } from "./markdown.ts"

/** What the module's own schemas use of JSON Schema; an unknown keyword fails, so that none is left out in silence. */
export type Schema = {
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: boolean | Schema
  propertyNames?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  enum?: string[]
  const?: unknown
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  format?: string
}
type Row = [key: string, type: string, description: string]

const READ = "type description properties required items additionalProperties propertyNames anyOf oneOf enum const"
/** Of no use to a reader, or said by the description. */
const SILENT = "$schema $id title minimum exclusiveMinimum maximum format pattern minLength maxLength minItems maxItems"
const KNOWN = new Set([...READ.split(" "), ...SILENT.split(" ")])

/**
 * A line for each key, with its path as `--set` takes it; NAME stands for any key of a mapping, [] for an element.
 * What is below a path of `like` is written elsewhere already.
 */
export function renderKeys(schema: Schema, like: Record<string, string> = {}): string {
  const paths = Object.keys(like)
  const below = (path: string) => paths.some((stop) => path.startsWith(`\`${stop}.`) || path.startsWith(`\`${stop}[`))
  const rows = unique(keyRows(schema, "")).filter(([path]) => !below(path))
  const known = new Set(rows.map(([path]) => path))
  const missing = paths.filter((path) => !known.has(code(path)))
  if (missing.length) throw new Error(`the schema has no ${missing.join(", ")}`)
  const described = rows.map(([path, type, text]) => [path, type, like[path.slice(1, -1)] ?? text])
  return table(["Key", "Type", "Description"], described)
}

function keyRows(schema: Schema, path: string): Row[] {
  requireKnown(schema, path)
  const required = schema.required ?? []
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]): Row[] => {
    const at = path === "" ? key : `${path}.${key}`
    const type = `${typeText(value)}${required.includes(key) ? ", required" : ""}`
    return [[code(at), type, prose(value.description ?? "")], ...keyRows(value, at)]
  })
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((choice) => keyRows(choice, path))
  const elements = schema.items ? keyRows(schema.items, `${path}[]`) : []
  const { additionalProperties: named } = schema
  return [...own, ...choices, ...elements, ...(typeof named === "object" ? keyRows(named, `${path}.NAME`) : [])]
}

/** The shapes of a choice share most of their keys: one line for a key, with all that it can be. */
function unique(rows: Row[]): Row[] {
  const found = new Map<string, Row>()
  for (const [key, type, description] of rows) {
    const [, before, said] = found.get(key) ?? [key, type, description]
    const types = [...new Set([...before.split(" or "), ...type.split(" or ")])].join(" or ")
    found.set(key, [key, types, said || description])
  }
  return [...found.values()]
}

function typeText(schema: Schema): string {
  const { anyOf, oneOf, type, items, additionalProperties } = schema
  if (anyOf || oneOf) return [...new Set([...(anyOf ?? []), ...(oneOf ?? [])].map(typeText))].join(" or ")
  if (schema.const !== undefined) return code(String(schema.const))
  if (schema.enum) return schema.enum.map(code).join(" or ")
  if (items) return `list of ${typeText(items)}`
  if (typeof additionalProperties === "object" && !schema.properties)
    return `mapping to ${typeText(additionalProperties)}`
  return typeof type === "string" ? type : (type?.join(" or ") ?? "any")
}

function requireKnown(schema: Schema, path: string): void {
  const unknown = Object.keys(schema).filter((key) => !KNOWN.has(key))
  if (unknown.length) throw new Error(`${path}: the reference does not show ${unknown.join(", ")}; test/docs/schema.ts`)
}
