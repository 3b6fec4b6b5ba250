import { type Container, type Directory, dag, type Platform, type Secret, type Socket } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import { readRevision } from "../config/source-revision.ts"
import { KUSTOMIZE_IMAGE, NODE_IMAGE } from "../config/tools.ts"
import { SlipwayError } from "../error.ts"
import { commonPlatforms, resolvedDigest, resolvedPlatform } from "../oci/base-image.ts"
import type { Digest } from "../oci/digest.ts"
import { exportLayout } from "../oci/export-layout.ts"
import { type BaseImage, baseImages } from "./dockerfile/base-images.ts"
import { platformArgs, readStages, requireStage, type Stage } from "./dockerfile/stages.ts"
import { revisionLabels, timestamp } from "./labels.ts"
import { licenseName } from "./license.ts"
import { observeBuild } from "./observation.ts"
import { findRecipe, type Recipe } from "./recipe.ts"
import { type BuildRequest, parseRequest, type RequestOptions } from "./request.ts"
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
export type ResolvedBase = { name: string; digest: Digest }

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
  const stages = readPlatformStages(recipe, request, build)
  const bases = await resolveBases(stages.flatMap((all) => baseImages(all, requireStage(all, request.target))))
  const buildArgs = { ...(revision && { SOURCE_DATE_EPOCH: String(revision.time) }), ...request.buildArgs }
  const images = request.platforms.map((platform) => {
    const own = { ...pickBuild(platformArgs({ target: platform, build })), ...buildArgs }
    return recipe.context.dockerBuild({
      platform: platform as Platform,
      dockerfile: recipe.dockerfile,
      buildArgs: Object.entries(own).map(([name, value]) => ({ name, value })),
      secrets,
      ...(request.target && { target: request.target }),
      ...(options.ssh && { ssh: options.ssh }),
    })
  })
  const labels = revisionLabels(revision, license)
  const exporting = exportLayout(images, {
    nodeImage: options.nodeImage ?? NODE_IMAGE,
    labels: { ...labels, ...request.labels },
    annotations: { ...labels, ...request.annotations },
    ...(request.reproducible && { seconds: revision?.time ?? 0, created: timestamp(revision?.time ?? 0) }),
  })
  const warning = findWarnings({ recipe, request, images, stages, gitImage })
  const [layout, warnings] = await Promise.all([exporting, warning])
  return { layout, warnings, bases, ...(revision && { revision }) }
}

type Built = { recipe: Recipe; request: BuildRequest; images: Container[]; stages: Stage[][]; gitImage: string }

async function findWarnings({ recipe, request, images, stages, gitImage }: Built): Promise<string[]> {
  const [image, first] = [images[0], stages[0]]
  if (!image || !first) return []
  const observed = await observeBuild(image, { recipe, toolImage: gitImage })
  const target = requireStage(first, request.target)
  return buildWarnings({ stages: first, target, buildArgs: request.buildArgs, ...observed })
}

function pickBuild(args: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name.startsWith("BUILD")))
}

/** The stages as each platform's build sees them. */
function readPlatformStages({ text }: Recipe, { platforms, buildArgs }: BuildRequest, build: string): Stage[][] {
  return platforms.map((target) => readStages(text, { platforms: { target, build }, buildArgs }))
}

/** Each base once, however many stages and platforms begin from it. */
async function resolveBases(bases: BaseImage[]): Promise<ResolvedBase[]> {
  const resolved = await Promise.all(bases.map(resolveBase))
  return [...new Map(resolved.map((base) => [`${base.name}@${base.digest}`, base])).values()]
}

async function resolveBase({ image, platform, line }: BaseImage): Promise<ResolvedBase> {
  if ((await resolvedPlatform(image, platform)) === platform) {
    return { name: image, digest: await resolvedDigest(image, platform) }
  }
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `the base image ${image} (Dockerfile, line ${line}) for ${platform}`,
    got: `an image for ${(await commonPlatforms(image)).join(", ") || "other platforms"} only`,
    fix: "Leave the platform out of --platforms, or use a base image that has it; a stage that only compiles can say FROM --platform=$BUILDPLATFORM.",
  })
}

/** The engine takes a secret's id from its name, and one that comes from env: or file: has none. */
async function nameSecrets(secrets: Secret[], ids: string[]): Promise<Secret[]> {
  return await Promise.all(
    secrets.map(async (secret, i) => {
      const id = ids[i] ?? (await secret.name())
      // dockerBuild knows no other way to give a secret an id than a new secret of that name
      return dag.setSecret(id, await secret.plaintext())
    }),
  )
}

async function readLicense(source: Directory): Promise<string | undefined> {
  const name = (await source.entries()).find((entry) => /^(?:LICEN[CS]E|COPYING)(?:\.(?:md|txt))?$/i.test(entry))
  return name ? licenseName(await source.file(name).contents()) : undefined
}
