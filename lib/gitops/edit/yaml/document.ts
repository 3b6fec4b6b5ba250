import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  visit,
  type YAMLError,
} from "yaml"
import { errorMessage, quote, SlipwayError } from "../../../error.ts"

/** The YAML documents of a file and its text; `parts` has the text of each document if there are several. */
export type YamlFile = { text: string; documents: YamlDocument[]; parts?: string[] }
export type YamlDocument = Document.Parsed<ParsedNode, true>

/**
 * Parses every scalar as text (the failsafe schema), because tools disagree about values such as `1.10`. JSON is YAML, so
 * it is parsed the same way.
 */
export const READING = { schema: "failsafe", merge: true, logLevel: "error" } as const

/** A parsed document and its start in the earlier file. */
type ParsedPart = { document: YamlDocument; start: number }

/**
 * Parses each document of a file separately and reuses those that an earlier file has with the same text, because an edit
 * changes only one document of a file of megabytes. Returns nothing if the whole text has to be parsed: for one document,
 * other markers, or invalid YAML.
 */
export function readByParts(text: string, earlier: YamlFile[]): YamlFile | undefined {
  const parts = splitDocuments(text)
  if (parts.length < 2) return undefined
  const known = knownParts(earlier)
  const documents: YamlDocument[] = []
  let start = 0
  for (const part of parts) {
    const document = take(known.get(part), start) ?? readPart(part, start)
    if (!document) return undefined
    documents.push(document)
    start += part.length
  }
  return { text, documents, parts }
}

/**
 * Splits a stream into documents at each "---", which cannot occur at the start of a line in a value. Comments before the
 * first one belong to it.
 */
export function splitDocuments(text: string): string[] {
  if (/(?<![^\n])(?:%|\.\.\.)/.test(text)) return [text]
  const [first = "", second, ...rest] = text.split(/(?<![^\n])(?=---(?:[ \t\r\n]|$))/)
  if (second === undefined) return [first]
  const comments = first.split("\n").every((line) => /^\uFEFF?\s*(?:#|$)/.test(line))
  return comments ? [first + second, ...rest] : [first, second, ...rest]
}

function readPart(part: string, start: number): YamlDocument | undefined {
  const [document, ...others] = parseAllDocuments(part, READING) as YamlDocument[]
  if (!document || others.length || document.errors.length) return undefined
  return move(document, start)
}

function knownParts(files: YamlFile[]): Map<string, ParsedPart> {
  const known = new Map<string, ParsedPart>()
  for (const { parts = [], documents } of files) {
    let start = 0
    for (const [i, part] of parts.entries()) {
      const document = documents[i]
      if (document && !known.has(part)) known.set(part, { document, start })
      start += part.length
    }
  }
  return known
}

/** Reuses a document at the same position, or clones it for another position, so that the earlier file stays valid. */
function take(known: ParsedPart | undefined, start: number): YamlDocument | undefined {
  if (!known) return undefined
  return known.start === start ? known.document : move(known.document.clone() as YamlDocument, start - known.start)
}

function move(document: YamlDocument, by: number): YamlDocument {
  if (by === 0) return document
  document.range = moved(document.range, by)
  visit(document, {
    Node: (_, node) => {
      if (node.range) node.range = moved(node.range, by)
    },
  })
  return document
}

function moved([start, value, end]: [number, number, number], by: number): [number, number, number] {
  return [start + by, value + by, end + by]
}

/** A Kubernetes object, which selects a document of a file. */
export type ObjectName = { kind: string; name: string; namespace?: string }

/** The last parsed files, because each edit parses the previous edit's text again. A parsed file is never modified. */
const recent: YamlFile[] = []
const MOST_RECENT = 3

/** Parses a file, or throws its first syntax error. */
export function parseYaml(text: string): YamlFile {
  const kept = recent.find((file) => file.text === text)
  if (kept) return kept
  const file = readByParts(text, recent) ?? readWhole(text)
  recent.unshift(file)
  recent.splice(MOST_RECENT)
  return file
}

function readWhole(text: string): YamlFile {
  const lineCounter = new LineCounter()
  const documents = [...parseAllDocuments(text, { ...READING, lineCounter })] as YamlDocument[]
  const problem = documents.flatMap(({ errors }) => errors)[0]
  if (!problem) return { text, documents }
  if (problem.code === "DUPLICATE_KEY") throw duplicateKey(text, problem, lineCounter)
  throw new SlipwayError("EDIT_INVALID", {
    expected: "a file of valid YAML",
    got: quote(problem.message.split("\n")[0] ?? ""),
    fix: "Correct the file, or edit the values file of a template: a template is not YAML before it is rendered.",
  })
}

/** Refuses a duplicate key: readers use the last one, the first one, or refuse the file. */
function duplicateKey(text: string, { pos: [at] }: YAMLError, lines: LineCounter): SlipwayError {
  const [key = ""] = text.slice(at).match(/^[^\s:]+/) ?? []
  return new SlipwayError("EDIT_INVALID", {
    expected: "each key once in a mapping",
    got: `${quote(key)} again on line ${lines.linePos(at).line}`,
    fix: "Remove one of the two: Helm uses the last one and other readers refuse the file, so an edit could have no effect.",
  })
}

/**
 * The document's value, with aliases and merge keys resolved. An alias shares its anchor's value and does not copy it, so
 * many aliases are harmless here; a caller that walks through the value has to limit its steps.
 */
export function plainValue(document: Pick<YamlDocument, "toJS">): unknown {
  try {
    return document.toJS({ maxAliasCount: -1 })
  } catch (error) {
    throw new SlipwayError("EDIT_INVALID", {
      expected: "a YAML file with valid aliases",
      got: errorMessage(error),
      fix: "Correct the aliases of the file.",
    })
  }
}

/** Kind and name of a Kubernetes object; none for other documents. */
export function objectName({ contents }: YamlDocument): ObjectName | undefined {
  const kind = textIn(contents, ["kind"])
  const name = textIn(contents, ["metadata", "name"])
  const namespace = textIn(contents, ["metadata", "namespace"])
  return kind && name ? { kind, name, ...(namespace && { namespace }) } : undefined
}

/** Reads the text at a path of keys. */
export function textIn(node: unknown, keys: string[]): string | undefined {
  const value = isMap(node) || keys.length === 0 ? keys.reduce(valueAt, node) : undefined
  return isScalar(value) ? String(value.value) : undefined
}

function valueAt(node: unknown, key: string): unknown {
  return isMap(node) ? node.get(key, true) : undefined
}
