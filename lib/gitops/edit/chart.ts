import { SlipwayError } from "../../error.ts"
import { splitDigestRef } from "../../oci/reference.ts"
import { argoSources } from "./argocd.ts"
import type { Edit, EditResult } from "./edit.ts"
import { fieldTag, type NewImage } from "./new-image.ts"
import {
  type Cursor,
  descend,
  elements,
  entry,
  nameList,
  placeText,
  requireEntry,
  roots,
  splitObject,
  textAt,
} from "./yaml/cursor.ts"
import { parseYaml } from "./yaml/document.ts"
import { replaceScalar } from "./yaml/scalar.ts"
import { writeYaml } from "./yaml/write.ts"

/** A place that takes the chart from a repository; `address` is undefined where the file does not name it. */
type ChartPlace = {
  address?: string
  fields: { place: Cursor; form: "version" | "digest" | "revision" }[]
  note?: string
}

/**
 * Edits every source of a chart in the file: the digest where its controller reads one, and the version, which names one
 * chart forever. `image` is the chart by digest, with its version as tag.
 */
export function applyChart(text: string, { name, image }: Extract<Edit, { kind: "chart" }>): EditResult {
  const file = parseYaml(text)
  const { object, rest: chart } = splitObject(name)
  const { repository } = splitDigestRef(image.ref)
  const all = roots(file, object).flatMap((root) => placesOf(root, chart))
  const found = all.filter(({ address }) => image.anyName || address === undefined || address === repository.name)
  if (found.length === 0) throw noSource(chart, { repository: repository.name, others: all })
  const plans = found.flatMap(({ fields }) =>
    fields.map(({ place, form }) => ({ place, text: sourceText(textAt(place) ?? "", { form, image }) })),
  )
  const written = writeYaml(file, {
    image,
    splices: plans.flatMap(({ place, text }) => replaceScalar(place, text)),
    places: plans.map(({ place: { document, at }, text }) => ({ document, at, text })),
    notes: found.flatMap(({ note }) => note ?? []),
  })
  return { ...written, pinned: true }
}

/** A revision keeps its form: a version, a digest, or both. */
function sourceText(
  current: string,
  { form, image }: { form: "version" | "digest" | "revision"; image: NewImage },
): string {
  const { digest } = splitDigestRef(image.ref)
  if (form === "digest" || (form === "revision" && /^sha256:/.test(current))) return digest
  const version = fieldTag(image)
  if (version === undefined) throw noVersion(current)
  return form === "revision" && current.includes("@") ? `${version}@${digest}` : version
}

function placesOf(root: Cursor, chart: string): ChartPlace[] {
  const at = (...keys: string[]) => descend(root, keys)
  const kind = textOf(root, "kind")
  switch (kind) {
    case "OCIRepository":
      return ociRepository(root, chart)
    case "HelmRelease":
      return versioned(at("spec", "chart", "spec"), { chart, key: "version" })
    case "HelmChart":
      return versioned(at("spec"), { chart, key: "version" })
    case "Kustomization":
    case undefined:
      return elements(at("helmCharts") ?? root).flatMap((one) => inflated(one, chart))
    default:
      return argoSources(root).flatMap((source) => argoSource(source, chart))
  }
}

/** https://argo-cd.readthedocs.io/en/stable/user-guide/oci/: only a native OCI source can have a digest. */
function argoSource(source: Cursor, chart: string): ChartPlace[] {
  const repo = withoutScheme(textOf(source, "repoURL"))
  const own = textOf(source, "chart")
  if (own === chart) {
    const place = requireEntry(source, "targetRevision")
    return [{ address: `${repo}/${chart}`, fields: [{ place, form: "version" }] }]
  }
  if (own !== undefined || !isOci(textOf(source, "repoURL")) || lastPart(repo) !== chart) return []
  return [{ address: repo, fields: [{ place: requireEntry(source, "targetRevision"), form: "revision" }] }]
}

/** https://fluxcd.io/flux/components/source/ocirepositories/#reference: a digest wins over a range, and that over a tag. */
function ociRepository(root: Cursor, chart: string): ChartPlace[] {
  const address = withoutScheme(descendText(root, ["spec", "url"]))
  if (lastPart(address) !== chart) return []
  const ref = descend(root, ["spec", "ref"])
  const [digest, tag, range] = ["digest", "tag", "semver"].map((key) => ref && entry(ref, key))
  if (!digest && (!tag || range)) throw noReference(root)
  const fields = [
    ...(digest ? [{ place: digest, form: "digest" as const }] : []),
    ...(tag ? [{ place: tag, form: "version" as const }] : []),
  ]
  const note = `${placeText(root) || "OCIRepository"} names the chart by its tag: add spec.ref.digest to pin it by digest.`
  return [{ address, fields, ...(!digest && { note }) }]
}

/** A HelmRelease or a HelmChart names its repository by another object; k3s's HelmChart may have an address. */
function versioned(spec: Cursor | undefined, { chart, key }: { chart: string; key: string }): ChartPlace[] {
  const own = spec && textOf(spec, "chart")
  if (!spec || own === undefined || lastPart(own) !== chart) return []
  const address = isOci(own) ? { address: withoutScheme(own) } : {}
  return [{ ...address, fields: [{ place: requireEntry(spec, key), form: "version" }] }]
}

/** https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_helmchartinflationgenerator_ */
function inflated(one: Cursor, chart: string): ChartPlace[] {
  if (textOf(one, "name") !== chart || !isOci(textOf(one, "repo"))) return []
  const place = requireEntry(one, "version")
  return [{ address: `${withoutScheme(textOf(one, "repo"))}/${chart}`, fields: [{ place, form: "version" }] }]
}

function textOf(cursor: Cursor, key: string): string | undefined {
  const found = entry(cursor, key)
  return found && textAt(found)
}

function descendText(cursor: Cursor, keys: string[]): string | undefined {
  const found = descend(cursor, keys)
  return found && textAt(found)
}

function isOci(address: string | undefined): boolean {
  return address?.startsWith("oci://") ?? false
}

function withoutScheme(address = ""): string {
  return address.replace(/^oci:\/\//, "").replace(/\/+$/, "")
}

function lastPart(address: string): string {
  return address.slice(address.lastIndexOf("/") + 1)
}

function noSource(chart: string, { repository, others }: { repository: string; others: ChartPlace[] }): SlipwayError {
  return new SlipwayError("IMAGE_NOT_FOUND", {
    expected: `a source of the chart ${chart} from ${repository}`,
    got: others.length ? `one from ${nameList(others.map(({ address = "another repository" }) => address))}` : "none",
    fix: "Name a file with an Argo CD Application, a Flux OCIRepository, HelmRelease or HelmChart, or a kustomization with helmCharts that takes the chart from there, or correct that object.",
  })
}

function noReference(root: Cursor): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "spec.ref.digest or spec.ref.tag in the OCIRepository",
    got: entry(descend(root, ["spec", "ref"]) ?? root, "semver") ? "spec.ref.semver, a range" : "neither",
    fix: "Add spec.ref with an empty digest, and a tag for readers: the digest wins over a range.",
  })
}

function noVersion(current: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "the chart's version, which this value requires",
    got: `none to replace ${JSON.stringify(current)}`,
    fix: "Pass it as --tag.",
  })
}
