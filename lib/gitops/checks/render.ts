import { posix } from "node:path"
import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { parse } from "yaml"
import { readOptionalFile } from "../../config/file.ts"
import { isTimedOut } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import { lastLines, runInTime } from "../git/exec.ts"
import { buildArgs, buildFailure } from "../overlay/kustomize.ts"
import { type KubeObject, splitObjects } from "./objects.ts"
import { helmArgs, imagesOverlay, type Rendering, type Source, sourceOf } from "./sources.ts"

const TREE = "/slipway/tree"
/** For an Application's overlay, outside of the repository. */
const OWN = "/slipway/own"

/** The images of kustomize and helm, and the deadline in milliseconds since 1970. */
export type RenderTools = { kustomize: string; helm: string; deadline?: number }

/** One rendering with its output; `text` is what a branch for rendered manifests gets. */
export type Rendered = { rendering: Rendering; text: string; objects: KubeObject[] }

/** Renders one tree. The containers have no credentials; remote bases and chart dependencies need the network. */
export async function renderAll(tree: Directory, renderings: Rendering[], tools: RenderTools): Promise<Rendered[]> {
  return await Promise.all(
    renderings.map(async (rendering) => {
      const text = await render(tree, rendering, tools)
      return { rendering, text, objects: splitObjects(text, renderingText(rendering)) }
    }),
  )
}

async function render(tree: Directory, rendering: Rendering, tools: RenderTools): Promise<string> {
  switch (rendering.kind) {
    case "file":
      return (await readOptionalFile(tree, rendering.path)) ?? ""
    case "kustomize":
      return await kustomize(inTree(tools.kustomize, tree), rendering, tools)
    case "helm":
      return await template(tree, rendering, tools)
  }
}

function inTree(image: string, tree: Directory): Container {
  return dag.container().from(image).withMountedDirectory(TREE, tree).withWorkdir(TREE)
}

type Kustomize = Extract<Rendering, { kind: "kustomize" }>

async function kustomize(container: Container, { path, options, images }: Kustomize, { deadline }: RenderTools) {
  const ready = images
    ? container.withNewFile(
        `${OWN}/kustomization.yaml`,
        imagesOverlay(posix.relative(OWN, posix.join(TREE, path)), images),
      )
    : container
  const result = await runInTime(ready, buildArgs(images ? OWN : path, options), deadline)
  if (result.exitCode === 0) return result.stdout
  throw buildFailure(path, result.stderr)
}

async function template(
  tree: Directory,
  rendering: Extract<Rendering, { kind: "helm" }>,
  { helm, deadline }: RenderTools,
): Promise<string> {
  const inline = rendering.values.flatMap((one) => ("text" in one ? [one.text] : []))
  const texts = inline.map((_, at) => `/slipway/values-${at}.yaml`)
  const container = inline.reduce(
    (before, text, at) => before.withNewFile(texts[at] ?? "", text),
    dag.container().from(helm).withDirectory(TREE, tree).withWorkdir(TREE),
  )
  const args = helmArgs(rendering, { texts, dependencies: await needsDownload(tree, rendering.chart) })
  const result = await runInTime(container, args, deadline)
  if (result.exitCode === 0) return result.stdout
  throw new SlipwayError("CHECKER_FAILED", {
    expected: `the chart ${rendering.chart} to render`,
    got: lastLines(result.stderr),
    fix: isTimedOut(result.stderr)
      ? "Check the servers of its dependencies, or raise --timeout. Nothing was pushed."
      : `Run ${args.slice(0, 4).join(" ")} and correct the error. Nothing was pushed.`,
  })
}

/** Dependencies that are not in the chart's folder come from their repositories. */
async function needsDownload(tree: Directory, chart: string): Promise<boolean> {
  const text = (await readOptionalFile(tree, posix.join(chart, "Chart.yaml"))) ?? ""
  const { dependencies = [] } = (parse(text) ?? {}) as { dependencies?: { name?: unknown }[] }
  if (!dependencies.length) return false
  const folder = posix.join(chart, "charts")
  const vendored = (await tree.exists(folder)) ? await tree.directory(folder).entries() : []
  return dependencies.some(({ name }) => !vendored.some((entry) => entry.startsWith(String(name))))
}

/** A rendering for people. */
export function renderingText(rendering: Rendering): string {
  switch (rendering.kind) {
    case "file":
      return rendering.path
    case "kustomize":
      return `kustomize build ${rendering.path}`
    case "helm":
      return `helm template ${rendering.release} ${rendering.chart}`
  }
}

/** The manifests before and after a bump. */
export type RenderedPair = { before: Rendered[]; after: Rendered[]; notes: string[] }

/**
 * Renders both trees, and then what the changed HelmReleases and Applications among the objects deploy: a bump of their
 * values changes manifests that only their controller renders.
 */
export async function renderPair(
  trees: { before: Directory; after: Directory },
  renderings: Rendering[],
  { remote, ...tools }: RenderTools & { remote: string },
): Promise<RenderedPair> {
  const [before, after] = await Promise.all([
    renderAll(trees.before, renderings, tools),
    renderAll(trees.after, renderings, tools),
  ])
  const paths = new Set(await trees.after.glob("**/*"))
  const source = { files: paths, remote }
  const deployed = (own: Rendered[], other: Rendered[]) =>
    changedSources(own, other).flatMap((one) => sourceOf(one, source) ?? [])
  const [earlier, later] = [deployed(before, after), deployed(after, before)]
  const inner = (sources: Source[]) => sources.flatMap((one) => one.renderings)
  const [innerBefore, innerAfter] = await Promise.all([
    renderAll(trees.before, inner(earlier), tools),
    renderAll(trees.after, inner(later), tools),
  ])
  return {
    before: [...before, ...innerBefore],
    after: [...after, ...innerAfter],
    notes: [...new Set(later.flatMap(({ notes }) => notes))],
  }
}

function changedSources(own: Rendered[], other: Rendered[]): KubeObject[] {
  const texts = new Set(other.flatMap(({ objects }) => objects.map(({ text }) => text)))
  return own.flatMap(({ objects }) => objects).filter(({ text }) => !texts.has(text))
}
