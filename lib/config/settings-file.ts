import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml"
import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"
import { nearest } from "./nearest.ts"
import { Settings } from "./settings.ts"

/** The file in a source's root that holds its settings. */
export const SETTINGS_FILE = "slipway.yaml"

type Place = { line: number; column: number }
type Source = { node: (path: PropertyKey[]) => Node | null | undefined; at: (node?: Node | null) => Place }

/** Reads slipway.yaml; an empty one is all defaults. */
export function parseSettings(text: string): Settings {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset = 0): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const [broken] = document.errors
  if (broken) throw invalid(at(broken.pos[0]), "YAML", { got: broken.message, fix: "Correct the file." })
  const parsed = Settings.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  throw explain(parsed.error.issues, {
    node: (path) => document.getIn(path, true) as Node | undefined,
    at: (node) => at(node?.range?.[0]),
  })
}

/** A mistyped key is the better hint than the required one that it leaves missing. */
function explain(issues: z.core.$ZodIssue[], source: Source): SlipwayError {
  const flat = issues.flatMap(unfold)
  const issue = flat.find(({ code }) => code === "unrecognized_keys") ?? flat[0]
  if (!issue) return invalid({ line: 1, column: 1 }, "settings", { got: "something else", fix: SEE })
  if (issue.code === "unrecognized_keys") return unknownKey(issue.path, issue.keys[0] ?? "", source)
  const node = source.node(issue.path)
  const present = node !== undefined && node !== null
  return invalid(source.at(present ? node : source.node(issue.path.slice(0, -1))), expectation(issue), {
    got: present ? quote(String(isScalar(node) ? node.value : node)) : "nothing",
    fix: SEE,
  })
}

const SEE = "slipway.schema.json describes every key; editors read it."

/** A union says only that nothing matched: what the branch for mappings says is what a reader meant. */
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
  const guess = nearest(key, known)
  return invalid(source.at(pair?.key as Node | undefined), `one of the keys ${known.join(", ")}`, {
    got: quote(key),
    fix: guess ? `Did you mean "${guess}"?` : "Take it out.",
  })
}

function expectation(issue: z.core.$ZodIssue): string {
  const where = issue.path.join(".") || "the file"
  if (issue.code === "invalid_value") return `${where} to be one of ${issue.values.join(", ")}`
  if (issue.code === "invalid_type") return `${where} to be ${issue.expected}`
  return `${where} to be valid (${issue.message})`
}

type Schema = { properties?: Record<string, Schema>; additionalProperties?: Schema | false; anyOf?: Schema[] }

/** The keys that the schema has at a place; asked only when one was mistyped. */
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

function invalid({ line, column }: Place, expected: string, { got, fix }: { got: string; fix: string }): SlipwayError {
  return new SlipwayError("SETTINGS_INVALID", {
    expected: `${expected} in ${SETTINGS_FILE}, line ${line}, column ${column}`,
    got,
    fix,
  })
}
