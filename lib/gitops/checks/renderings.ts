import { posix } from "node:path"
import type { Directory } from "@dagger.io/dagger"
import { parse } from "yaml"
import { readOptionalFile } from "../../config/file.ts"
import { buildableFrom, KUSTOMIZATION_GLOB, overlaysIn } from "../overlay/kustomize.ts"
import { overlayReader } from "../overlay/overlay-edit.ts"
import type { BumpChange } from "../request.ts"
import { isObject, splitObjects } from "./objects.ts"
import type { CheckOptions } from "./options.ts"
import type { Rendering } from "./sources.ts"

/** What shows the effect of a bump's changes; a note names a file that no manifest shows. */
export type PlannedRenderings = {
  renderings: Rendering[]
  notes: string[]
  /** The paths that the renderings depend on. */
  reads: string[]
}

/** Plans the renderings of all changes, each once. */
export async function planRenderings(
  tree: Directory,
  changes: BumpChange[],
  options: Pick<CheckOptions, "charts">,
): Promise<PlannedRenderings> {
  const overlays = overlaysIn(await tree.glob(KUSTOMIZATION_GLOB))
  const reader = overlayReader(tree, overlays)
  const context = { tree, overlays, reader, options }
  const planned = await Promise.all(changes.map((change) => planOne(change, context)))
  const renderings = planned.flatMap((one) => one.renderings)
  const kustomized = renderings.flatMap((one) => (one.kind === "kustomize" ? [one.path] : []))
  const directories = await Promise.all(kustomized.map((path) => reader.directoriesOf(path)))
  return {
    renderings: [...new Map(renderings.map((one) => [JSON.stringify(one), one])).values()],
    notes: planned.flatMap((one) => one.notes),
    reads: [...new Set([...planned.flatMap((one) => one.reads), ...directories.flat()])],
  }
}

type PlanContext = {
  tree: Directory
  overlays: Map<string, string>
  reader: ReturnType<typeof overlayReader>
  options: Pick<CheckOptions, "charts">
}

async function planOne(change: BumpChange, context: PlanContext): Promise<PlannedRenderings> {
  const { overlays, reader } = context
  const { path } = change
  const folder = posix.dirname(path)
  const isOverlayFile = change.kind === "file" && overlays.get(folder) === path
  if (change.kind === "overlay" || isOverlayFile) {
    const directory = change.kind === "overlay" ? path : folder
    const options = (change.kind === "overlay" && change.options) || []
    const roots = buildableFrom(directory, await reader.partsOfAll(directory))
    return only(roots.map((root) => ({ kind: "kustomize" as const, path: root, options })))
  }
  return (await chartOf(path, context)) ?? (await overlaysWith(path, context)) ?? (await manifestsIn(path, context))
}

function only(renderings: Rendering[], reads: string[] = []): PlannedRenderings {
  return { renderings, notes: [], reads }
}

/** The charts that the settings name for a values file, else the chart whose folder it is in. */
async function chartOf(path: string, { tree, options }: PlanContext): Promise<PlannedRenderings | undefined> {
  const named = options.charts.filter(({ values }) => values === path)
  if (named.length) {
    return only(
      named.map(({ chart, release, namespace }) => helmRendering({ path, chart, release, namespace })),
      named.map(({ chart }) => chart),
    )
  }
  for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) {
    if (await tree.exists(posix.join(folder, "Chart.yaml"))) {
      return only([helmRendering({ path, chart: folder })], [folder])
    }
  }
  return (await tree.exists("Chart.yaml")) ? only([helmRendering({ path, chart: "." })], ["."]) : undefined
}

type ChartValues = { path: string; chart: string; release?: string; namespace?: string }

function helmRendering({ path, chart, release, namespace = "default" }: ChartValues): Rendering {
  const own = posix.normalize(posix.join(chart, "values.yaml")) === path
  const name = release ?? (chart === "." ? "release" : posix.basename(chart))
  return { kind: "helm", path, chart, release: name, namespace, values: own ? [] : [{ file: path }] }
}

/** The overlays that show a file, and that no other overlay includes. */
async function overlaysWith(
  path: string,
  { tree, overlays, reader }: PlanContext,
): Promise<PlannedRenderings | undefined> {
  const named = await Promise.all(
    [...overlays].map(async ([directory, file]) => {
      const text = (await readOptionalFile(tree, file)) ?? ""
      return textsOf(text).some((one) => posix.normalize(posix.join(directory, one)) === path) ? [directory] : []
    }),
  )
  const users = named.flat()
  if (users.length === 0) return undefined
  const parts = await Promise.all(
    [...overlays.keys()].map(async (directory) => ({ directory, all: await reader.directoriesOf(directory) })),
  )
  const showing = parts.filter(({ all }) => all.some((one) => users.includes(one)))
  const tops = showing.filter(
    ({ directory }) => !parts.some((other) => other.directory !== directory && other.all.includes(directory)),
  )
  const paths = tops.map(({ directory }) => directory).toSorted()
  return only(paths.map((path) => ({ kind: "kustomize" as const, path, options: [] })))
}

/** Every text in a YAML file: a kustomization names files in many of its fields. */
function textsOf(text: string): string[] {
  const visit = (value: unknown): string[] => {
    if (typeof value === "string") return value.includes("\n") ? [] : [value]
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(visit) : []
  }
  try {
    return visit(parse(text, { logLevel: "silent" }))
  } catch {
    return []
  }
}

async function manifestsIn(path: string, { tree }: PlanContext): Promise<PlannedRenderings> {
  const text = /\.(?:ya?ml|json)$/.test(path) ? ((await readOptionalFile(tree, path)) ?? "") : ""
  if (text && splitObjects(text, path).some(({ value }) => isObject(value))) return only([{ kind: "file", path }])
  const fix = "name the chart of a values file in checks.render.charts"
  return {
    renderings: [],
    notes: [`${path} is in no overlay, chart or manifest, so nothing was checked: ${fix}`],
    reads: [],
  }
}
