import { type Document, isMap, isScalar, type ParsedNode, parseAllDocuments } from "yaml"
import { quote, SlipwayError } from "../../error.ts"

/** A file of YAML documents, and the text that the documents' ranges point into. */
export type YamlFile = { text: string; documents: YamlDocument[] }
export type YamlDocument = Document.Parsed<ParsedNode, true>

/** A Kubernetes object, to choose among the documents of a file. */
export type ObjectName = { kind: string; name: string }

/**
 * Every scalar is read as the text that stands there (the failsafe schema): whether `1.10` is a number is a question for
 * the tools that read the file, and they do not agree. JSON is read the same way, being YAML.
 */
export function parseYaml(text: string): YamlFile {
  const documents = [
    ...parseAllDocuments(text, { schema: "failsafe", merge: true, logLevel: "error" }),
  ] as YamlDocument[]
  const problem = documents.flatMap(({ errors }) => errors)[0]
  if (!problem) return { text, documents }
  throw new SlipwayError("EDIT_INVALID", {
    expected: "a file of valid YAML",
    got: quote(problem.message.split("\n")[0] ?? ""),
    fix: "Correct the file, or edit the one that it is generated from: a template is not YAML before it is rendered.",
  })
}

/** Kind and name of a Kubernetes object; other documents have none. */
export function objectName({ contents }: YamlDocument): ObjectName | undefined {
  const kind = textIn(contents, ["kind"])
  const name = textIn(contents, ["metadata", "name"])
  return kind && name ? { kind, name } : undefined
}

/** The text at a path of keys, for looking, not for editing. */
export function textIn(node: unknown, keys: string[]): string | undefined {
  const value = isMap(node) || keys.length === 0 ? keys.reduce(valueAt, node) : undefined
  return isScalar(value) ? String(value.value) : undefined
}

function valueAt(node: unknown, key: string): unknown {
  return isMap(node) ? node.get(key, true) : undefined
}
