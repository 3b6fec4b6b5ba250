import { type Directory, dag, type Platform, type Secret, type Socket } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import { readRevision } from "../config/source-revision.ts"
import { KUSTOMIZE_IMAGE, NODE_IMAGE } from "../config/tools.ts"
import { SlipwayError } from "../error.ts"
import { commonPlatforms, resolvedPlatform } from "../oci/base-image.ts"
import { exportLayout } from "../oci/export-layout.ts"
import { type BaseImage, baseImages } from "./dockerfile/base-images.ts"
import { platformArgs, readStages, requireStage } from "./dockerfile/stages.ts"
import { revisionLabels, timestamp } from "./labels.ts"
import { licenseName } from "./license.ts"
import { type BuildRequest, parseRequest, type RequestOptions } from "./request.ts"

export type BuildOptions = RequestOptions & {
  /** Mounted by the Dockerfile under the id at the same place in secretIds, or under their own names. */
  secrets?: Secret[]
  ssh?: Socket
  nodeImage?: string
  gitImage?: string
}

export type BuiltImage = { layout: Directory; warnings: string[]; revision?: Revision }

/** What is built: the context without what shall not be in it, and the Dockerfile within it. */
type Recipe = { context: Directory; dockerfile: string; text: string }

/** One image for all platforms asked for, as a layout whose index holds exactly those. */
export async function buildImage(source: Directory, options: BuildOptions): Promise<BuiltImage> {
  const request = parseRequest(options)
  const [recipe, revision, license, build, secrets] = await Promise.all([
    findRecipe(source, request),
    readRevision(source, options.gitImage ?? KUSTOMIZE_IMAGE),
    readLicense(source),
    dag.defaultPlatform(),
    nameSecrets(options.secrets ?? [], request.secretIds),
  ])
  await requireBases(recipe, request, build)
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
  const labels = { ...revisionLabels(revision, license), ...request.labels }
  const layout = await exportLayout(images, {
    nodeImage: options.nodeImage ?? NODE_IMAGE,
    labels,
    annotations: { ...revisionLabels(revision, license), ...request.annotations },
    ...(request.reproducible && { seconds: revision?.time ?? 0, created: timestamp(revision?.time ?? 0) }),
  })
  return { layout, warnings: [], ...(revision && { revision }) }
}

function pickBuild(args: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name.startsWith("BUILD")))
}

async function findRecipe(source: Directory, { context, dockerfile, keepGitDir }: BuildRequest): Promise<Recipe> {
  const whole = context === "." ? source : source.directory(context)
  const folder = keepGitDir ? whole : whole.withoutDirectory(".git")
  if (await folder.exists(dockerfile)) {
    return { context: folder, dockerfile, text: await folder.file(dockerfile).contents() }
  }
  throw new SlipwayError("DOCKERFILE_NOT_FOUND", {
    expected: `a Dockerfile at ${dockerfile} in ${context}`,
    got: (await whole.entries()).slice(0, 20).join(", ") || "an empty directory",
    fix: "Name it with --dockerfile, and its folder with --context.",
  })
}

async function requireBases({ text }: Recipe, request: BuildRequest, build: string): Promise<void> {
  await Promise.all(
    request.platforms.map(async (target) => {
      const stages = readStages(text, { platforms: { target, build }, buildArgs: request.buildArgs })
      await Promise.all(baseImages(stages, requireStage(stages, request.target)).map(requireBase))
    }),
  )
}

async function requireBase({ image, platform, line }: BaseImage): Promise<void> {
  if ((await resolvedPlatform(image, platform)) === platform) return
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
