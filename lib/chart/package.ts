import { posix } from "node:path"
import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import { runTool, TOOL_SECONDS, type ToolResult } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import type { NewImage } from "../gitops/edit/new-image.ts"
import { canonicalArchive } from "../oci/canonical-archive.ts"
import { IMAGE_MANIFEST, renderImageIndex } from "../oci/manifest.ts"
import { blobPath, type Digest, type DigestRef, digestOf, type Repository } from "../oci/reference.ts"
import { type RegistryAccess, withRegistry } from "../oci/registry-access.ts"
import { type ChartVersions, chartAnnotations, renderChartConfig, renderChartManifest } from "./chart-manifest.ts"
import { type ChartSource, type Dependency, hasLocalDependency } from "./chart-source.ts"
import { pinValues } from "./chart-values.ts"

const SOURCE = "/slipway/source"
const OUT = "/slipway/out"
/** Where Helm looks for logins, in the form of docker's config.json. */
const LOGINS = "/slipway/docker/config.json"

/** The images of Helm and Node, and the chart's registry, whose login also serves for dependencies. */
export type PackageTools = { helmImage: string; nodeImage: string; repository: Repository; access: RegistryAccess }

/** The image and the addresses of the values that get it, the versions, and the commit. */
export type PackageRequest = ChartVersions & { image: NewImage; addresses: string[]; revision?: Revision }

/** A packaged chart as an OCI layout of one manifest; `rendering` says whether its templates render the digest. */
export type PackagedChart = ChartVersions & { name: string; digest: Digest; layout: Directory; rendering: string }

/**
 * Packages a copy of the chart with the image's digest in its values. The digest depends on the chart's files, the image,
 * the versions and the commit only, so a second run finds the chart of the first.
 */
export async function packageChart(
  chart: ChartSource,
  { image, addresses, revision, ...versions }: PackageRequest,
  tools: PackageTools,
): Promise<PackagedChart> {
  const { file, path } = chart
  const values = pinValues(chart.values, { path, addresses, image })
  const ready = await withDependencies(chart, copied(chart, values, tools), tools)
  const packed = await helm(ready, packageArgs(versions))
  if (packed.result.exitCode !== 0) throw notPackaged(path, packed.result.stderr)
  const archive = `${OUT}/${file.name}-${versions.version}.tgz`
  const seconds = revision?.time ?? 0
  const [layer, { result }] = await Promise.all([
    canonicalArchive(packed.container.file(archive), { nodeImage: tools.nodeImage, seconds }),
    helm(packed.container, templateArgs(archive)),
  ])
  const rendering = judgeRendering(result, { path, ref: image.ref })
  const config = renderChartConfig(file, versions)
  const annotations = chartAnnotations(file, { version: versions.version, ...(revision && { revision }) })
  const manifest = renderChartManifest({ config, layer, annotations })
  const digest = digestOf(manifest)
  const entry = { mediaType: IMAGE_MANIFEST, digest, size: Buffer.byteLength(manifest) }
  const layout = dag
    .directory()
    .withNewFile("oci-layout", '{"imageLayoutVersion":"1.0.0"}')
    .withNewFile("index.json", renderImageIndex([entry]))
    .withNewFile(blobPath(digest), manifest)
    .withNewFile(blobPath(digestOf(config)), config)
    .withFile(blobPath(layer.digest), layer.blob)
  return { name: file.name, ...versions, digest, layout, rendering }
}

export function packageArgs({ version, appVersion }: ChartVersions): string[] {
  return [
    ...["helm", "package", ".", "--version", version],
    ...(appVersion ? ["--app-version", appVersion] : []),
    ...["--destination", OUT],
  ]
}

/** Renders the packaged chart with its own values. */
export function templateArgs(archive: string): string[] {
  return ["helm", "template", "slipway", archive]
}

/**
 * What the templates do with the digest. A chart that renders another reference would deploy an image that was not
 * verified. A chart that needs values of its user cannot be judged, which its line in the record says.
 */
export function judgeRendering(
  { exitCode, stdout, stderr }: ToolResult,
  { path, ref }: { path: string; ref: DigestRef },
): string {
  if (exitCode !== 0) return `not rendered, because its own values are not enough: ${lastLine(stderr)}`
  if (stdout.includes(ref.slice(ref.indexOf("@sha256:") + "@sha256:".length)))
    return "its templates render the image by digest"
  throw new SlipwayError("CHART_INVALID", {
    expected: `the templates of ${path} to render the image by its digest`,
    got: "manifests without it",
    fix: 'Use the digest in the template, such as image: "{{ .Values.image.repository }}@{{ .Values.image.digest }}", and let its default values deploy the image. Nothing was pushed.',
  })
}

/** Downloads what Chart.lock names. Plain HTTP holds for all dependencies, so only if all are in the chart's registry. */
export function dependencyArgs({
  missing,
  plainHttp,
  host,
}: {
  missing: Dependency[]
  plainHttp: boolean
  host: string
}): string[] {
  const addresses = missing.flatMap(({ repository = "" }) => (repository.startsWith("oci://") ? [repository] : []))
  const own = addresses.length > 0 && addresses.every((address) => address.startsWith(`oci://${host}/`))
  return ["helm", "dependency", "build", ".", ...(plainHttp && own ? ["--plain-http"] : [])]
}

/** Helm's build only uses repositories that were added; the name is not used elsewhere. */
export function repositoryArgs(missing: Dependency[]): string[][] {
  const addresses = missing.flatMap(({ repository = "" }) => (/^https?:\/\//.test(repository) ? [repository] : []))
  return [...new Set(addresses)].map((address, at) => ["helm", "repo", "add", `slipway-${at}`, address])
}

/** The chart, alone unless a dependency is another folder of the source. */
function copied(
  { path, folder, source, missing }: ChartSource,
  values: string,
  { helmImage }: PackageTools,
): Container {
  const at = posix.join(SOURCE, path)
  const base = dag.container().from(helmImage).withNewFile(`${OUT}/.keep`, "")
  const whole = hasLocalDependency(missing) ? base.withDirectory(SOURCE, source.withoutDirectory(".git")) : base
  return whole.withDirectory(at, folder).withNewFile(posix.join(at, "values.yaml"), values).withWorkdir(at)
}

async function withDependencies(
  { path, missing }: ChartSource,
  container: Container,
  { access, repository, helmImage }: PackageTools,
): Promise<Container> {
  if (missing.length === 0) return container
  const ready = container.with(withRegistry(access, { repository, to: helmImage })).with(withLogins(access))
  let last = ready
  for (const args of [
    ...repositoryArgs(missing),
    dependencyArgs({ missing, plainHttp: access.plainHttp, host: repository.host }),
  ]) {
    const next = await helm(last, args)
    if (next.result.exitCode !== 0) throw notDownloaded(path, { missing, stderr: next.result.stderr })
    last = next.container
  }
  // packaging needs neither registry nor login
  return container.withDirectory("charts", last.directory("charts"))
}

function withLogins({ dockerConfig }: RegistryAccess): (helm: Container) => Container {
  return (tool) => (dockerConfig ? tool.withEnvVariable("HELM_REGISTRY_CONFIG", LOGINS) : tool)
}

async function helm(container: Container, args: string[]): Promise<{ result: ToolResult; container: Container }> {
  const result = await runTool(TOOL_SECONDS, container, args)
  // the same exec again is that one
  return { result, container: container.withExec(args, { expect: ReturnType.Any }) }
}

function lastLine(stderr: string): string {
  return (
    stderr
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^Error: /, "")
      .slice(0, 500) || "no output"
  )
}

function notPackaged(path: string, stderr: string): SlipwayError {
  return new SlipwayError("CHART_INVALID", {
    expected: `helm package ${path} to succeed`,
    got: lastLine(stderr),
    fix: "Correct the chart. Nothing was pushed.",
  })
}

function notDownloaded(path: string, { missing, stderr }: { missing: Dependency[]; stderr: string }): SlipwayError {
  const names = missing.map(({ name, repository = "no repository" }) => `${name} (${repository})`).join(", ")
  return new SlipwayError("CHART_INVALID", {
    expected: `the dependencies of ${path} that are not in ${path}/charts: ${names}`,
    got: lastLine(stderr),
    fix: "Commit them in charts (helm dependency build), which also makes the release independent of their server. Of private ones, only OCI registries with a login in --registry-config can be downloaded here. Nothing was pushed.",
  })
}
