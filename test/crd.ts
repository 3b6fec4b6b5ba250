import { readFileSync } from "node:fs"

/** The part of OpenAPI that CRDs use: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions */
export type CrdSchema = {
  type?: string
  enum?: unknown[]
  required?: string[]
  properties?: Record<string, CrdSchema>
  additionalProperties?: CrdSchema | boolean
  items?: CrdSchema
  "x-kubernetes-preserve-unknown-fields"?: boolean
}

export function readCrdSchema(name: string): CrdSchema {
  const file = new URL(`./fixtures/${name}.schema.json`, import.meta.url)
  return JSON.parse(readFileSync(file, "utf8"))
}

/** The complaints of an API server with strict field validation. */
export function complaints(value: unknown, schema: CrdSchema, at = "$"): string[] {
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)} is none of ${schema.enum}`]
  if (schema.type && typeOf(value, schema.type) !== schema.type) return [`${at}: ${typeOf(value)} for ${schema.type}`]
  if (Array.isArray(value)) return value.flatMap((item, n) => complaints(item, schema.items ?? {}, `${at}[${n}]`))
  if (typeof value !== "object" || value === null) return []
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`)
  return [...missing, ...Object.entries(value).flatMap(([name, item]) => field(name, item, { schema, at }))]
}

function field(name: string, value: unknown, { schema, at }: { schema: CrdSchema; at: string }): string[] {
  const { properties, additionalProperties } = schema
  const known = properties?.[name] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined)
  if (known) return complaints(value, known, `${at}.${name}`)
  const free = additionalProperties === true || schema["x-kubernetes-preserve-unknown-fields"] || !properties
  return free ? [] : [`${at}.${name} is unknown`]
}

function typeOf(value: unknown, wanted?: string): string {
  if (Array.isArray(value)) return "array"
  if (wanted === "integer") return Number.isInteger(value) ? "integer" : typeof value
  return typeof value
}
