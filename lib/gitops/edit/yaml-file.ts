import { isMap, isScalar, LineCounter, parseAllDocuments, type YAMLError } from "yaml"
import { quote, SlipwayError } from "../../error.ts"
import { READING, readByParts, type YamlDocument, type YamlFile } from "./yaml-parts.ts"

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
