import { type Document, type ParsedNode, parseAllDocuments, visit } from "yaml"

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
