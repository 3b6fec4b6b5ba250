import { isCollection, isMap, isScalar, parseAllDocuments } from "yaml"
import { resolveDocument } from "../../config/file.ts"
import { SlipwayError } from "../../error.ts"

/** One value of the rendered manifests that differs: which object, where in it, and both texts. */
export type BuildChange = { object: string; field: string; from?: string; to?: string }

/** Every scalar of a rendered stream by object and field; the order of the objects does not count. */
export type ManifestValues = Map<string, string>

const SEPARATOR = "\n"

/** Reads what `kustomize build` printed. */
export function parseManifests(text: string): ManifestValues {
  const rendered: ManifestValues = new Map()
  const objects = new Set<string>()
  for (const document of parseAllDocuments(text, { logLevel: "silent" })) {
    const [error] = document.errors
    if (error) throw noManifests(error.message.split("\n")[0] ?? "")
    if (!isMap(document.contents)) continue
    const object = objectName(resolveDocument(document, noManifests), objects)
    collect(document.contents, { object, path: "" }, rendered)
  }
  return rendered
}

function noManifests(got: string): SlipwayError {
  return new SlipwayError("OVERLAY_INVALID", {
    expected: "manifests from kustomize build",
    got,
    fix: "Run kustomize build on the overlay and look at its output.",
  })
}

/** What a change of the overlay did to the manifests, in the order of the later build. */
export function compareBuilds(before: ManifestValues, after: ManifestValues): BuildChange[] {
  const keys = [...after.keys(), ...[...before.keys()].filter((key) => !after.has(key))]
  return keys.flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)]
    const [object = "", field = ""] = key.split(SEPARATOR)
    return from === to ? [] : [{ object, field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]
  })
}

/** The image fields, wherever they are: `image` is what containers and most custom resources call it. */
export function imagesOf(rendered: ManifestValues): string[] {
  const images = [...rendered].flatMap(([key, value]) => (/\.image$/.test(key) ? [value] : []))
  return [...new Set(images)].sort()
}

type Place = { object: string; path: string }

function collect(node: unknown, { object, path }: Place, into: ManifestValues): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      collect(value, { object, path: `${path}.${isScalar(key) ? String(key.value) : String(key)}` }, into)
    }
  } else if (isCollection(node)) {
    const labels = itemLabels(node.items)
    node.items.forEach((item, index) => {
      collect(item, { object, path: `${path}[${labels[index]}]` }, into)
    })
  } else {
    const value = isScalar(node) ? node.value : node
    into.set(`${object}${SEPARATOR}${path}`, typeof value === "string" ? value : JSON.stringify(value ?? null))
  }
}

/** Containers are told apart by name, so that one more in the list is not a change of all that follow. */
function itemLabels(items: unknown[]): string[] {
  const names = items.map((item) => (isMap(item) ? item.get("name") : undefined))
  const unique = names.every((name) => typeof name === "string") && new Set(names).size === names.length
  return items.map((_, index) => (unique ? String(names[index]) : String(index)))
}

/** Two objects of one name (of different API groups) are numbered, so that neither hides the other. */
function objectName(value: unknown, taken: Set<string>): string {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } }
  const name = [kind ?? "?", ...(metadata?.namespace ? [metadata.namespace] : []), metadata?.name ?? "?"].join("/")
  const free = taken.has(name) ? `${name}#${[...taken].filter((other) => other.startsWith(name)).length + 1}` : name
  taken.add(free)
  return free
}
