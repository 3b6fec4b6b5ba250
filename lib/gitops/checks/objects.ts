import { type Document, isCollection, isMap, isSeq, parseAllDocuments, Document as YamlDocument } from "yaml"
import { resolveDocument } from "../../config/file.ts"
import { SlipwayError } from "../../error.ts"

/** One Kubernetes object of the rendered manifests. */
export type KubeObject = {
  /** Kind/namespace/name, with a number after the first of several. */
  name: string
  /** Name of its file for the programs that check files. It depends on the object alone, because messages may contain it. */
  file: string
  text: string
  value: Record<string, unknown>
}

/**
 * Splits manifests into objects, a List into its items. The text of each object is that of its source: written again, a plain
 * `yes` would become another type for readers of YAML 1.1, which Kubernetes is.
 */
export function splitObjects(text: string, source: string): KubeObject[] {
  const documents = parseAllDocuments(text, { logLevel: "silent" })
  const failed = documents.flatMap(({ errors }) => errors)[0]
  if (failed) throw unreadable(source, failed.message.split("\n")[0] ?? "")
  const taken = new Map<string, number>()
  return documents
    .flatMap((document) => itemsOf(document, { text, source }))
    .flatMap(({ value, text: own }) => {
      if (typeof value !== "object" || value === null) return []
      const plain = objectName(value)
      const count = (taken.get(plain) ?? 0) + 1
      taken.set(plain, count)
      const name = count === 1 ? plain : `${plain}#${count}`
      return [{ name, file: fileName(name), text: own, value: value as Record<string, unknown> }]
    })
}

type Item = { value: unknown; text: string }

function itemsOf(document: Document, { text, source }: { text: string; source: string }): Item[] {
  if (!isMap(document.contents)) return []
  const value = resolveDocument(document, (got) => unreadable(source, got)) as Record<string, unknown>
  const items = document.contents.get("items")
  const isList = typeof value["kind"] === "string" && value["kind"].endsWith("List") && isSeq(items)
  if (!isList) return [{ value, text: sliceOf(text, document.contents.range) }]
  const values = value["items"] as unknown[]
  return items.items.map((node, at) => ({ value: values[at], text: itemText(node, values[at]) }))
}

/** From the beginning of the first line, which may be indented. */
function sliceOf(text: string, range?: [number, number, number] | null): string {
  const [start, , end] = range ?? [0, 0, text.length]
  const line = text.lastIndexOf("\n", start - 1) + 1
  return text.slice(/^\s*$/.test(text.slice(line, start)) ? line : start, end)
}

function itemText(node: unknown, value: unknown): string {
  const document = new YamlDocument(value)
  // a node with aliases would lose their anchors outside of its document
  if (isCollection(node) && !String(node).includes("*")) document.contents = node
  return String(document)
}

/** Whether a value is a Kubernetes object, and no other YAML such as Helm values. */
export function isObject(value: unknown): value is Record<string, unknown> {
  const { apiVersion, kind } = (value ?? {}) as Record<string, unknown>
  return typeof apiVersion === "string" && typeof kind === "string"
}

function objectName(value: object): string {
  const { name, namespace, generateName } = metadataOf(value)
  return [
    (value as { kind?: unknown }).kind ?? "?",
    ...(namespace ? [namespace] : []),
    name ?? generateName ?? "?",
  ].join("/")
}

type Metadata = { name?: string; namespace?: string; generateName?: string }

export function metadataOf(value: object): Metadata {
  return ((value as { metadata?: unknown }).metadata ?? {}) as Metadata
}

function fileName(name: string): string {
  return `${name.replace(/[^A-Za-z0-9.-]+/g, "_")}.yaml`
}

const CONTAINERS = ["containers", "initContainers", "ephemeralContainers"]

/** The images that an object's pods run, at any depth: a pod, a workload's template, and custom resources with one. */
export function containerImages(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(containerImages)
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(CONTAINERS.includes(key) && Array.isArray(inner) ? inner.flatMap(imageOf) : []),
    ...containerImages(inner),
  ])
}

function imageOf(container: unknown): string[] {
  const { image } = (container ?? {}) as { image?: unknown }
  return typeof image === "string" ? [image] : []
}

function unreadable(source: string, got: string): SlipwayError {
  return new SlipwayError("CHECKER_FAILED", {
    expected: `Kubernetes manifests in the rendered ${source}`,
    got,
    fix: "Render it yourself and correct the YAML. Nothing was pushed.",
  })
}
