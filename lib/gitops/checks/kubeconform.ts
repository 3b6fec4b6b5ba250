import { type Directory, dag } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { runTool, TOOL_SECONDS, type ToolResult } from "../../engine/tool.ts"
import { quote, SlipwayError } from "../../error.ts"
import type { KubeObject } from "./objects.ts"
import { CHECKED, checkerFailure, runChecker } from "./offline-run.ts"
import type { SchemaOptions } from "./options.ts"
import type { Violation } from "./violations.ts"

const KUBECONFORM = "/kubeconform"

/**
 * The layouts of a folder of schemas: Kubernetes' own by version (github.com/yannh/kubernetes-json-schema), the same without
 * the folder of the version, and custom resources by group (github.com/datreeio/CRDs-catalog).
 */
const LAYOUTS = [
  "{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json",
  "{{ .ResourceKind }}{{ .KindSuffix }}.json",
  "{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json",
]

/** `folders` are the paths of folders with schemas; without one, kubeconform downloads those of Kubernetes. */
export function kubeconformArgs(
  { kubernetes, strict, skip }: Omit<SchemaOptions, "schemas">,
  { folders, manifests }: { folders: string[]; manifests: string },
): string[] {
  const locations = folders.flatMap((folder) => LAYOUTS.map((layout) => `${folder}/${layout}`))
  return [
    ...["-output", "json", "-summary", "-kubernetes-version", kubernetes],
    ...(strict ? ["-strict"] : []),
    ...(skip.length ? ["-skip", skip.join(",")] : []),
    ...locations.flatMap((location) => ["-schema-location", location]),
    manifests,
  ]
}

const Report = z.object({
  resources: z.array(
    z.object({
      filename: z.string(),
      status: z.string(),
      msg: z.string(),
      validationErrors: z.array(z.object({ path: z.string(), msg: z.string() })).default([]),
    }),
  ),
  summary: z.object({ valid: z.number(), invalid: z.number(), errors: z.number(), skipped: z.number() }),
})

/** A missing schema is no verdict; an object that cannot be parsed as one is invalid. */
export function parseKubeconform({ exitCode, stdout, stderr }: ToolResult, objects: KubeObject[]): Violation[] {
  const report = Report.safeParse(parseJson(stdout)).data
  if (!report) throw checkerFailure("kubeconform", { exitCode, stdout, stderr }, "Check --kubeconform-image.")
  const { resources, summary } = report
  const [missing] = resources.filter(({ status, msg }) => status === "statusError" && !UNPARSED.test(msg))
  if (missing) throw noSchema(missing.msg, objectAt(objects, missing.filename).name)
  const counted = summary.valid + summary.invalid + summary.errors + summary.skipped
  if (counted !== objects.length) {
    throw checkerFailure("kubeconform", { exitCode, stdout: `${counted} of ${objects.length} objects`, stderr }, "")
  }
  return resources.flatMap(({ filename, msg, validationErrors }) => {
    const resource = objectAt(objects, filename).name
    if (validationErrors.length === 0)
      return [{ check: "kubeconform" as const, resource, rule: "schema", message: msg }]
    return validationErrors.map(({ path, msg: message }) => {
      return { check: "kubeconform" as const, resource, rule: path || "/", message: `${path || "/"} ${message}` }
    })
  })
}

const UNPARSED = /^error (?:unmarshalling resource|while parsing)/

function objectAt(objects: KubeObject[], path: string): KubeObject {
  const found = objects.find(({ file }) => path === file || path.endsWith(`/${file}`))
  if (found) return found
  throw new SlipwayError("CHECKER_FAILED", {
    expected: "a report about the rendered manifests",
    got: `one about ${quote(path)}`,
    fix: "Check the program's image. Nothing was pushed.",
  })
}

function noSchema(message: string, resource: string): SlipwayError {
  return new SlipwayError("CHECKER_FAILED", {
    expected: `a schema for ${resource}`,
    got: message,
    fix: "Add it to a folder of checks.kubeconform.schemas or --kubernetes-schemas, or name the kind in checks.kubeconform.skip. Nothing was pushed.",
  })
}

type KubeconformRun = { image: string; shell: string; manifests: Directory; schemas: Directory[] }

/** Runs without network if there are schemas. */
export async function runKubeconform(options: SchemaOptions, run: KubeconformRun): Promise<ToolResult> {
  const { image, shell, manifests, schemas } = run
  const names = schemas.map((_, at) => `schemas-${at}`)
  const folders = Object.fromEntries(schemas.map((folder, at) => [names[at] ?? "", folder]))
  const places = { folders: names.map((name) => `${CHECKED}/${name}`), manifests: `${CHECKED}/manifests` }
  const args = kubeconformArgs(options, places)
  if (schemas.length) {
    return await runChecker({ image, shell, program: KUBECONFORM, args, folders: { manifests, ...folders } })
  }
  const online = dag.container().from(image).withMountedDirectory(places.manifests, manifests)
  return await runTool(TOOL_SECONDS, online, [KUBECONFORM, ...args])
}
