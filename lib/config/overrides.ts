import { parseDocument } from "yaml"
import { quote, SlipwayError } from "../error.ts"

/** One --set: the keys that lead to a setting, its new value, and the words that errors repeat. */
export type Override = { path: string[]; value: unknown; text: string }

/** Reads `path=VALUE`. Dots separate keys (`\.` is one of a key), and VALUE is YAML; null removes the setting. */
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

/** An empty value is more often a variable that is not set than a wish to remove the setting. */
function parseValue(text: string, source: string): unknown {
  if (source.trim() === "") throw malformed(text, "a value; null removes the setting")
  const document = parseDocument(source, { prettyErrors: false })
  const [broken] = document.errors
  if (broken) throw malformed(text, `a value in YAML (${broken.message})`)
  return document.toJS()
}

type Mapping = Record<string, unknown>

/** Lays overrides over the settings of a file, in their order: of two with the same path the last wins. */
export function applyOverrides(settings: unknown, overrides: Override[]): unknown {
  return overrides.reduce((result, override) => replaceAt(result, override.path, override), settings)
}

/** A setting that is only switched on or off gives way to its details; a text or a list has none. */
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
    fix: "A text or a list is replaced as a whole: --set path=VALUE with the path of the setting itself.",
  })
}

/** The override that a place in the settings comes from: the last one at it, above it or below it. */
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
    fix: "For example --set scan.severity=LOW; on the command line a value with a comma goes in double quotes: --set '\"tags=[a, b]\"'.",
  })
}
