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
import { quote, SlipwayError } from "../../../error.ts"

/** A file of YAML documents, and the text that the documents' ranges point into; `parts` is the text of each of several. */
export type YamlFile = { text: string; documents: YamlDocument[]; parts?: string[] }
export type YamlDocument = Document.Parsed<ParsedNode, true>

/**
 * Every scalar is read as the text that stands there (the failsafe schema): whether `1.10` is a number is a question for
 * the tools that read the file, and they do not agree. JSON is read the same way, being YAML.
 */
export const READING = { schema: "failsafe", merge: true, logLevel: "error" } as const

/** A document of a file as it was read before, and where it began there. */
type Known = { document: YamlDocument; start: number }

/**
 * Reads each document of a file by itself, and takes those that an earlier file has in the same words from there: of a
 * file of megabytes an edit changes one. Nothing where the whole text is needed: for one document, marks of other kinds,
 * and anything that is no valid YAML.
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
 * The documents of a stream, each from its "---" on, which ends whatever is before it and so stands in no value. Comments
 * before the first one are part of it.
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

function knownParts(files: YamlFile[]): Map<string, Known> {
  const known = new Map<string, Known>()
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

/** The document itself where it stands where it stood; the earlier file keeps its own otherwise. */
function take(known: Known | undefined, start: number): YamlDocument | undefined {
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

/** A Kubernetes object, to choose among the documents of a file. */
export type ObjectName = { kind: string; name: string; namespace?: string }

/** The last files, since each edit reads again what the one before wrote. Nothing changes a file that was read. */
const recent: YamlFile[] = []
const MOST_RECENT = 3

/** The documents of a file, or what is wrong with it. */
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
    fix: "Correct the file, or edit the one that it is generated from: a template is not YAML before it is rendered.",
  })
}

/** Readers do not agree on a key that stands twice: the last one counts, the first one, or the file is refused. */
function duplicateKey(text: string, { pos: [at] }: YAMLError, lines: LineCounter): SlipwayError {
  const [key = ""] = text.slice(at).match(/^[^\s:]+/) ?? []
  return new SlipwayError("EDIT_INVALID", {
    expected: "each key once in a mapping",
    got: `${quote(key)} again on line ${lines.linePos(at).line}`,
    fix: "Remove one of the two: Helm takes the last one, other readers refuse the file, so that an edit of either may have no effect.",
  })
}

/**
 * The document's value, with aliases and merge keys resolved. An alias is resolved to the one value that its anchor has,
 * not to a copy, so the number of aliases is no danger; whoever walks through the value has to bound that.
 */
export function plainValue(document: Pick<YamlDocument, "toJS">): unknown {
  try {
    return document.toJS({ maxAliasCount: -1 })
  } catch (error) {
    throw new SlipwayError("EDIT_INVALID", {
      expected: "a file of YAML whose aliases can be resolved",
      got: error instanceof Error ? error.message : "another",
      fix: "Correct the aliases of the file.",
    })
  }
}

/** Kind and name of a Kubernetes object; other documents have none. */
export function objectName({ contents }: YamlDocument): ObjectName | undefined {
  const kind = textIn(contents, ["kind"])
  const name = textIn(contents, ["metadata", "name"])
  const namespace = textIn(contents, ["metadata", "namespace"])
  return kind && name ? { kind, name, ...(namespace && { namespace }) } : undefined
}

/** The text at a path of keys, for looking, not for editing. */
export function textIn(node: unknown, keys: string[]): string | undefined {
  const value = isMap(node) || keys.length === 0 ? keys.reduce(valueAt, node) : undefined
  return isScalar(value) ? String(value.value) : undefined
}

function valueAt(node: unknown, key: string): unknown {
  return isMap(node) ? node.get(key, true) : undefined
}
