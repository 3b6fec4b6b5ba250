import {
  type Container,
  type Directory,
  type DirectoryDockerBuildOpts,
  dag,
  type Platform,
  type Secret,
  type Socket,
} from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import { readRevision } from "../config/source-revision.ts"
import { KUSTOMIZE_IMAGE, NODE_IMAGE } from "../config/tools.ts"
import { exportLayout, type PlatformImage } from "../oci/export-layout.ts"
import { nameSecrets } from "./build-secrets.ts"
import { baseImages } from "./dockerfile/base-images.ts"
import { requireBuildable } from "./dockerfile/buildable.ts"
import { firstStage, platformArgs, readStages, requireStage, SCRATCH, type Stage } from "./dockerfile/stages.ts"
import { revisionLabels, timestamp } from "./labels.ts"
import { licenseName } from "./license.ts"
import { observeBuild } from "./observation.ts"
import { findRecipe, type Recipe } from "./recipe.ts"
import { type BuildRequest, parseRequest, type RequestOptions } from "./request.ts"
import { type ResolvedBase, resolveBases } from "./resolved-base.ts"
import { buildWarnings } from "./warnings.ts"

export type BuildOptions = RequestOptions & {
  /** Mounted by the Dockerfile under the id at the same place in secretIds, or under their own names. */
  secrets?: Secret[]
  ssh?: Socket
  nodeImage?: string
  gitImage?: string
}

/** `bases` are the images that it was built from, by what the engine took for their names. */
export type BuiltImage = { layout: Directory; warnings: string[]; bases: ResolvedBase[]; revision?: Revision }

/** One image for all platforms asked for, as a layout whose index holds exactly those. */
export async function buildImage(source: Directory, options: BuildOptions): Promise<BuiltImage> {
  const request = parseRequest(options)
  const gitImage = options.gitImage ?? KUSTOMIZE_IMAGE
  const [recipe, revision, license, build, secrets] = await Promise.all([
    findRecipe(source, request),
    readRevision(source, gitImage),
    readLicense(source),
    dag.defaultPlatform(),
    nameSecrets(options.secrets ?? [], request.secretIds),
  ])
  const perPlatform = readPerPlatform(recipe, { request, build })
  for (const { stages, target } of perPlatform) requireBuildable(stages, target)
  const bases = await resolveBases(perPlatform.flatMap(({ stages, target }) => baseImages(stages, target)))
  const buildArgs = { ...(revision && { SOURCE_DATE_EPOCH: String(revision.time) }), ...request.buildArgs }
  const images = await Promise.all(
    perPlatform.map(async ({ platform, stages, target }): Promise<PlatformImage> => {
      const own = { ...pickBuild(platformArgs({ target: platform, build })), ...buildArgs }
      const container = await planBuild(recipe.context, {
        platform: platform as Platform,
        dockerfile: recipe.dockerfile,
        buildArgs: Object.entries(own).map(([name, value]) => ({ name, value })),
        secrets: [...secrets],
        ...(request.target && { target: request.target }),
        ...(options.ssh && { ssh: options.ssh }),
      })
      return { container, platform, onScratch: firstStage(stages, target).base === SCRATCH }
    }),
  )
  const labels = revisionLabels(revision, license)
  const exporting = exportLayout(images, {
    nodeImage: options.nodeImage ?? NODE_IMAGE,
    labels: { ...labels, ...request.labels },
    annotations: { ...labels, ...request.annotations },
    ...(request.reproducible && { seconds: revision?.time ?? 0, created: timestamp(revision?.time ?? 0) }),
  })
  const warning = findWarnings({ recipe, request, images, perPlatform, gitImage })
  const [layout, warnings] = await Promise.all([exporting, warning])
  return { layout, warnings, bases, ...(revision && { revision }) }
}

/**
 * The SDK replaces a list of secrets by their ids within the list itself, one after the other: two questions at once about
 * one build with several secrets would each meet a list that is half done. After one question it is done.
 */
async function planBuild(context: Directory, options: DirectoryDockerBuildOpts): Promise<Container> {
  const container = context.dockerBuild(options)
  await container.id()
  return container
}

type Built = {
  recipe: Recipe
  request: BuildRequest
  images: PlatformImage[]
  perPlatform: PlatformStages[]
  gitImage: string
}

async function findWarnings({ recipe, request, images, perPlatform, gitImage }: Built): Promise<string[]> {
  const [image, first] = [images[0], perPlatform[0]]
  if (!image || !first) return []
  const observed = await observeBuild(image.container, { recipe, toolImage: gitImage })
  return buildWarnings({ ...first, buildArgs: request.buildArgs, ...observed })
}

function pickBuild(args: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name.startsWith("BUILD")))
}

/** The stages as one platform's build sees them, and the one that it builds. */
type PlatformStages = { platform: string; stages: Stage[]; target: Stage }

function readPerPlatform(
  { text }: Recipe,
  { request, build }: { request: BuildRequest; build: string },
): PlatformStages[] {
  return request.platforms.map((platform) => {
    const stages = readStages(text, { platforms: { target: platform, build }, buildArgs: request.buildArgs })
    return { platform, stages, target: requireStage(stages, request.target) }
  })
}

async function readLicense(source: Directory): Promise<string | undefined> {
  const name = (await source.entries()).find((entry) => /^(?:LICEN[CS]E|COPYING)(?:\.(?:md|txt))?$/i.test(entry))
  return name ? licenseName(await source.file(name).contents()) : undefined
}
