import { posix } from "node:path"
import type { Directory } from "@dagger.io/dagger"
import { parse } from "yaml"
import { z } from "zod"
import { hasFile, readSourceFile } from "../config/file.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"

const Dependency = z.looseObject({
  name: z.string(),
  repository: z.string().optional(),
  version: z.string().optional(),
})
export type Dependency = z.infer<typeof Dependency>

/** https://helm.sh/docs/topics/charts/#the-chartyaml-file */
export const ChartFile = z.looseObject({
  apiVersion: z.string(),
  // also a part of the OCI repository
  name: z.string().regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "lower-case letters, digits and single . _ -"),
  version: z.string(),
  dependencies: z.array(Dependency).optional(),
})
export type ChartFile = z.infer<typeof ChartFile>

/** A chart in the source. `missing` are dependencies that are not in its folder charts. */
export type ChartSource = {
  path: string
  file: ChartFile
  values: string
  folder: Directory
  source: Directory
  missing: Dependency[]
}

/** Reads a chart; one that cannot be packaged is an error before anything runs. */
export async function readChart(source: Directory, path: string): Promise<ChartSource> {
  const read = async (name: string) => {
    const at = posix.join(path, name)
    return (await hasFile(source, at)) ? await readSourceFile(source, at) : undefined
  }
  const [text, values, lock, legacy] = await Promise.all(
    ["Chart.yaml", "values.yaml", "Chart.lock", "requirements.yaml"].map(read),
  )
  const file = parseChartFile(text, path)
  if (legacy !== undefined) {
    const fix = "Move the dependencies to Chart.yaml, with apiVersion: v2."
    throw invalid(`the chart ${path} with its dependencies in Chart.yaml`, "a requirements.yaml", fix)
  }
  if (values === undefined) {
    throw invalid(`${path}/values.yaml, which gets the image`, "none", "Add it with a value for the image.")
  }
  const folder = source.directory(path)
  const vendored = (await folder.exists("charts")) ? await folder.directory("charts").entries() : []
  const missing = missingDependencies(file, vendored)
  if (missing.length > 0 && lock === undefined) throw unlocked(path, missing)
  return { path, file, values, folder, source, missing }
}

/** Parses Chart.yaml. */
export function parseChartFile(text: string | undefined, path: string): ChartFile {
  if (text === undefined) {
    throw invalid(`a chart with Chart.yaml in ${quote(path)}`, "none", "Set chart.path to the folder of the chart.")
  }
  const parsed = ChartFile.safeParse(parseYaml(text, path))
  if (!parsed.success) {
    const got = z.prettifyError(parsed.error).replaceAll("\n", " ")
    throw invalid(`${path}/Chart.yaml with apiVersion, name and version`, got, "Correct the file.")
  }
  if (parsed.data.apiVersion === "v2") return parsed.data
  const fix = "Set apiVersion: v2, and move the dependencies of a requirements.yaml to Chart.yaml."
  throw invalid(`apiVersion: v2 in ${path}/Chart.yaml`, quote(parsed.data.apiVersion), fix)
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw invalid(`${path}/Chart.yaml to be YAML`, errorMessage(error).split("\n", 1)[0] ?? "", "Correct the file.")
  }
}

/** The dependencies without a folder NAME or an archive NAME-VERSION.tgz in charts. */
export function missingDependencies({ dependencies = [] }: ChartFile, vendored: string[]): Dependency[] {
  const names = vendored.map((entry) => entry.replace(/\/$/, ""))
  return dependencies.filter(({ name }) => {
    return !names.some(
      (entry) => entry === name || (entry.startsWith(`${name}-`) && /^\d.*\.tgz$/.test(entry.slice(name.length + 1))),
    )
  })
}

/** The folders outside of the chart, from file:// dependencies. */
export function hasLocalDependency(missing: Dependency[]): boolean {
  return missing.some(({ repository = "" }) => repository.startsWith("file://"))
}

function unlocked(path: string, missing: Dependency[]): SlipwayError {
  return invalid(
    `${path}/Chart.lock for the dependencies that are not in ${path}/charts`,
    `none, for ${missing.map(({ name }) => name).join(", ")}`,
    "Run helm dependency update and commit Chart.lock, or commit the dependencies in charts.",
  )
}

function invalid(expected: string, got: string, fix: string): SlipwayError {
  return new SlipwayError("CHART_INVALID", { expected, got, fix: `${fix} Nothing was pushed.` })
}
