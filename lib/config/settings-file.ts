import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml"
import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"
import { nearest } from "./argument.ts"
import { resolveDocument } from "./file.ts"
import { Settings } from "./settings.ts"

/** The settings file in the root of a source. */
export const SETTINGS_FILE = "slipway.yaml"

/** The checked settings, and the origin of each: a line of the file, or a --set. */
type Source = {
  value: (path: PropertyKey[]) => unknown
  node: (path: PropertyKey[]) => Node | null | undefined
  /** The place of a setting, as text. */
  at: (path: PropertyKey[], node?: Node | null) => string
}

/** Parses slipway.yaml and applies each `--set` before the check. An empty file means all defaults. */
export function parseSettings(text: string, set: string[] = []): Settings {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset = 0) => {
    const { line, col } = lines.linePos(offset)
    return `${SETTINGS_FILE}, line ${line}, column ${col}`
  }
  const [broken] = document.errors
  if (broken) throw invalid(at(broken.pos[0]), "YAML", { got: broken.message, fix: "Correct the file." })
  const overrides = set.map(parseOverride)
  const value = resolveDocument(document, (got) =>
    invalid(at(), "aliases that can be resolved", { got, fix: "Correct them." }),
  )
  const settings = applyOverrides(value ?? {}, overrides)
  const parsed = parseFilled(settings)
  if (parsed.success) return parsed.data
  const node = (path: PropertyKey[]) => document.getIn(path, true) as Node | null | undefined
  throw explain(parsed.error.issues, {
    value: (path) => path.reduce<unknown>((value, key) => Object(value)[key], settings),
    node,
    at: (path, place) => {
      const parent = path.slice(0, -1)
      // a key that is missing in a mapping from overrides is reported for the override
      const override = overrideAt(path, overrides) ?? (node(parent) ? undefined : overrideAt(parent, overrides))
      return override ? `--set ${override.text}` : at(place?.range?.[0])
    },
  })
}

/** Treats a list or mapping whose entries are all commented out as missing; a service needs only its name. */
function parseFilled(settings: unknown): z.ZodSafeParseResult<Settings> {
  const parsed = Settings.safeParse(settings)
  const empty = parsed.success ? [] : parsed.error.issues.filter((issue) => isEmptied(issue, settings))
  if (empty.length === 0) return parsed
  const filled = structuredClone(settings)
  for (const { path } of empty) {
    const parent = Object(path.slice(0, -1).reduce<unknown>((value, key) => Object(value)[key], filled))
    const key = path.at(-1) ?? ""
    if (path[0] === "services" && path.length === 2) parent[key] = {}
    else delete parent[key]
  }
  return Settings.safeParse(filled)
}

function isEmptied(issue: z.core.$ZodIssue, settings: unknown): boolean {
  const value = issue.path.reduce<unknown>((at, key) => Object(at)[key], settings)
  const causes = issue.code === "invalid_union" ? issue.errors.flat() : [issue]
  const wanted = causes.flatMap((cause) => (cause.code === "invalid_type" ? cause.expected : []))
  return value === null && typeof issue.path.at(-1) === "string" && wanted.some((one) => CONTAINERS.includes(one))
}
const CONTAINERS: string[] = ["array", "object", "record"]

/** Reports a mistyped key before the required key that is missing because of it. */
function explain(issues: z.core.$ZodIssue[], source: Source): SlipwayError {
  const flat = issues.flatMap(unfold)
  const issue = flat.find(({ code }) => code === "unrecognized_keys") ?? flat[0]
  if (!issue) return invalid(source.at([]), "settings", { got: "something else", fix: SEE })
  if (issue.code === "unrecognized_keys") return unknownKey(issue.path, issue.keys[0] ?? "", source)
  const value = source.value(issue.path)
  const node = value === undefined ? source.node(issue.path.slice(0, -1)) : source.node(issue.path)
  const place = source.at(issue.path, node)
  return invalid(place, expectation(issue), {
    got: value === undefined ? "nothing" : quote(shown(value)),
    fix: place.startsWith("--set ") ? `Quote a text such as "{sha}", because VALUE is YAML. ${SEE}` : SEE,
  })
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value)
}

const SEE = "See slipway.schema.json, which describes every key for editors too."

/** The error of a union only says that no branch matched, so this reports the issues of the branch for mappings. */
function unfold(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue]
  const inner = issue.errors.flat().filter(({ path }) => path.length > 0)
  const unknown = issue.errors.flat().filter(({ code }) => code === "unrecognized_keys")
  const chosen = unknown.length ? unknown : inner
  return chosen.length ? chosen.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) : [issue]
}

function unknownKey(path: PropertyKey[], key: string, source: Source): SlipwayError {
  const map = source.node(path)
  const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
  const known = knownKeys(path)
  const guess = newName(path, key, known) ?? nearest(key, known)
  return invalid(source.at([...path, key], pair?.key as Node | undefined), `one of the keys ${known.join(", ")}`, {
    got: quote(key),
    fix: guess ? `Did you mean "${guess}"?` : "Remove it.",
  })
}

/** The new name of a former key. `image` had two meanings, which depend on the place. */
function newName(path: PropertyKey[], key: string, known: string[]): string | undefined {
  if (key === "image") return known.find((name) => name === "repository" || name === "imageName")
  return path.at(-1) === "scan" ? FORMER_SCAN_KEYS[key] : undefined
}

const FORMER_SCAN_KEYS: Record<string, string> = {
  severity: "failOn.severity",
  ignoreUnfixed: "failOn.fixed",
  failOnEndOfLife: "failOn.endOfLife",
}

function expectation(issue: z.core.$ZodIssue): string {
  const where = issue.path.join(".") || "the file"
  if (issue.code === "invalid_value") return `${where} to be one of ${issue.values.join(", ")}`
  if (issue.code === "invalid_type") return `${where} to be ${issue.expected}`
  return `${where} to be valid (${issue.message})`
}

type Schema = { properties?: Record<string, Schema>; additionalProperties?: Schema | false; anyOf?: Schema[] }

/** The keys that the schema allows at a path, for the error about a mistyped one. */
function knownKeys(path: PropertyKey[]): string[] {
  const root = z.toJSONSchema(Settings) as Schema
  const schema = path.reduce<Schema | undefined>((at, key) => below(mapping(at), String(key)), root)
  return Object.keys(mapping(schema)?.properties ?? {})
}

function below(schema: Schema | undefined, key: string): Schema | undefined {
  return schema?.properties?.[key] ?? (schema?.additionalProperties || undefined)
}

function mapping(schema?: Schema): Schema | undefined {
  return schema?.anyOf?.find(({ properties }) => properties) ?? schema
}

function invalid(place: string, expected: string, { got, fix }: { got: string; fix: string }): SlipwayError {
  return new SlipwayError("SETTINGS_INVALID", { expected: `${expected} in ${place}`, got, fix })
}

/** One --set: the path of a setting, its new value, and the original text for errors. */
type Override = { path: string[]; value: unknown; text: string }

/** Parses `path=VALUE`. Dots separate keys (`\.` is a dot in a key), and VALUE is YAML; null removes the setting. */
export function parseOverride(text: string): Override {
  const at = text.indexOf("=")
  const keys =
    at < 0
      ? []
      : text
          .slice(0, at)
          .trim()
          .split(/(?<!\\)\./)
  if (keys.length === 0 || keys.includes(""))
    throw malformed(text, "keys separated by dots, an equals sign and a value")
  return { path: keys.map((key) => key.replaceAll("\\.", ".")), value: parseValue(text, text.slice(at + 1)), text }
}

/** Refuses an empty value, because it usually comes from an unset variable; null removes a setting. */
function parseValue(text: string, source: string): unknown {
  if (source.trim() === "") throw malformed(text, "a value; null removes the setting")
  const document = parseDocument(source, { prettyErrors: false })
  const [broken] = document.errors
  if (broken) throw malformed(text, `a value in YAML (${broken.message})`)
  return document.toJS()
}

type Mapping = Record<string, unknown>

/** Applies overrides to the settings of a file in order: of two with the same path, the last wins. */
export function applyOverrides(settings: unknown, overrides: Override[]): unknown {
  return overrides.reduce((result, override) => replaceAt(result, override.path, override), settings)
}

/** A boolean setting can be replaced by a mapping with its details; a text or a list cannot. */
function replaceAt(settings: unknown, [key, ...rest]: string[], override: Override): unknown {
  if (key === undefined) return override.value
  const mapping = asMapping(settings, override.path.slice(0, -rest.length - 1), override)
  const value = replaceAt(Object.hasOwn(mapping, key) ? mapping[key] : undefined, rest, override)
  if (value !== null) return { ...mapping, [key]: value }
  const { [key]: _removed, ...others } = mapping
  return others
}

function asMapping(value: unknown, path: string[], { text }: Override): Mapping {
  if (value === undefined || value === null || (typeof value === "boolean" && path.length > 0)) return {}
  if (typeof value === "object" && !Array.isArray(value)) return value as Mapping
  throw new SlipwayError("SETTINGS_INVALID", {
    expected: `${path.join(".") || "slipway.yaml"} to be a mapping, for --set ${text}`,
    got: quote(JSON.stringify(value)),
    fix: "Replace a text or a list as a whole: --set path=VALUE with the path of the setting.",
  })
}

/** The override that set a path: the last one at, above or below it. */
export function overrideAt(path: PropertyKey[], overrides: Override[]): Override | undefined {
  const keys = path.map(String)
  return overrides.findLast((override) => {
    const shared = Math.min(keys.length, override.path.length)
    return keys.slice(0, shared).every((key, at) => key === override.path[at])
  })
}

function malformed(text: string, expected: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `--set path=VALUE with ${expected}`,
    got: quote(text),
    fix: "Write, for example, --set scan.failOn.severity=LOW; on the command line, put a value with a comma in double quotes: --set '\"tags=[a, b]\"'.",
  })
}
