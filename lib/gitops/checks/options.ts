import type { Directory } from "@dagger.io/dagger"
import type { CheckSettings } from "../../config/settings.ts"
import { errorMessage, SlipwayError } from "../../error.ts"
import type { DigestRef } from "../../oci/reference.ts"
import type { RegistryAccess } from "../../oci/registry-access.ts"
import { type GitBranch, parseGitBranch } from "../git/remote.ts"
import { parseRepositoryPath, type RepositoryPath } from "../request.ts"

/** A chart whose values file is elsewhere. */
export type ChartPlace = { values: RepositoryPath; chart: RepositoryPath; release?: string; namespace?: string }

export type SchemaOptions = { schemas: RepositoryPath[]; kubernetes: string; strict: boolean; skip: string[] }

/** What is checked, with paths in the GitOps repository. Rendering alone fails only if the manifests cannot be rendered. */
export type CheckOptions = {
  /** The branch for the rendered manifests. */
  branch?: GitBranch
  charts: ChartPlace[]
  kubeconform?: SchemaOptions
  misconfig?: { severity: string }
  conftest?: RepositoryPath
  kyverno?: RepositoryPath
  admission?: RepositoryPath
}

/** The images of the programs, and the site's schemas. */
export type CheckTools = {
  helm: string
  kubeconform: string
  trivy: string
  conftest: string
  kyverno: string
  cosign: string
  crane: string
  schemas?: Directory
}

/** `access` is the way to the registry of an image; without it, an image is not published yet and its signature is not read. */
export type Checks = {
  options: CheckOptions
  tools: CheckTools
  access: (ref: DigestRef) => Promise<RegistryAccess>
  /** Set if the image is not in its registry yet, so that its admission cannot be checked. */
  unpublished?: boolean
}

/** The checks of the settings; nothing if they name none. */
export function parseChecks(settings?: CheckSettings): CheckOptions | undefined {
  if (!settings) return undefined
  const { render, kubeconform, misconfig, conftest, kyverno, admission } = settings
  const charts = (render?.charts ?? []).map(({ values, chart, release, namespace }, at) => ({
    values: path(`render.charts[${at}].values`, values),
    chart: path(`render.charts[${at}].chart`, chart),
    ...(release !== undefined && { release }),
    ...(namespace !== undefined && { namespace }),
  }))
  return {
    ...(render?.branch !== undefined && { branch: branch(render.branch) }),
    charts,
    ...(kubeconform && { kubeconform: schemaOptions(kubeconform === true ? {} : kubeconform) }),
    ...(misconfig && { misconfig: { severity: (misconfig === true ? {} : misconfig).severity ?? "HIGH" } }),
    ...(conftest !== undefined && { conftest: path("conftest", conftest) }),
    ...(kyverno !== undefined && { kyverno: path("kyverno", kyverno) }),
    ...(admission !== undefined && { admission: path("admission", admission) }),
  }
}

type SchemaSettings = Exclude<CheckSettings["kubeconform"], boolean | undefined>

function schemaOptions({
  schemas = [],
  kubernetes = "master",
  strict = true,
  skip = [],
}: SchemaSettings): SchemaOptions {
  return { schemas: schemas.map((folder, at) => path(`kubeconform.schemas[${at}]`, folder)), kubernetes, strict, skip }
}

function path(setting: string, text: string): RepositoryPath {
  try {
    return parseRepositoryPath(text)
  } catch (error) {
    throw invalid(setting, error, "Write the path relative to the root of the GitOps repository, with forward slashes.")
  }
}

function branch(text: string): GitBranch {
  try {
    return parseGitBranch(text)
  } catch (error) {
    throw invalid("render.branch", error, "Write the branch's name without refs/heads/.")
  }
}

function invalid(setting: string, error: unknown, fix: string): SlipwayError {
  const [, expected = "a valid value", got = "another"] =
    errorMessage(error).match(/expected (.+?), got (".*?")\. /s) ?? []
  return new SlipwayError("SETTINGS_INVALID", { expected: `checks.${setting} to be ${expected}`, got, fix })
}
