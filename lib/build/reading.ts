import { type Directory, dag } from "@dagger.io/dagger"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { readRevision } from "../config/checkout.ts"
import { readOptionalFile } from "../config/file.ts"
import type { Revision } from "../config/revision.ts"
import { type BaseImage, baseImages, requireReadable } from "../dockerfile/base-images.ts"
import { type Dockerfile, readDockerfile, requireStage, type Stage } from "../dockerfile/stages.ts"
import { requireBuildable } from "./buildable.ts"
import { licenseName } from "./license.ts"
import { findRecipe, type Recipe } from "./recipe.ts"
import { type BuildRequest, parseRequest, type RequestOptions } from "./request.ts"

/** `gitImage` is any image with git. */
export type ReadOptions = RequestOptions & { gitImage?: string }

/** The Dockerfile as one platform's build sees it, and the stage that it builds. */
export type PlatformStages = { platform: string; file: Dockerfile; target: Stage }

/** All that decides over a build before anything of it runs. `build` is the engine's own platform. */
export type BuildReading = {
  request: BuildRequest
  recipe: Recipe
  build: string
  perPlatform: PlatformStages[]
  bases: BaseImage[]
  revision?: Revision
  license?: string
}

/** Reads it, and refuses what cannot be built. Whoever knows the source's revision already passes it. */
export async function readBuild(
  source: Directory,
  options: ReadOptions,
  known?: Promise<Revision | undefined>,
): Promise<BuildReading> {
  const request = parseRequest(options)
  const [recipe, revision, license, build] = await Promise.all([
    findRecipe(source, request),
    known ?? readRevision(source, options.gitImage ?? KUSTOMIZE_IMAGE),
    readLicense(source),
    dag.defaultPlatform(),
  ])
  const perPlatform = readPerPlatform(recipe, { request, build })
  for (const { file, target } of perPlatform) requireBuildable(file.stages, target)
  const bases = perPlatform.flatMap(({ file, target }) => baseImages(file.stages, target))
  return { request, recipe, build, perPlatform, bases, ...(revision && { revision }), ...(license && { license }) }
}

function readPerPlatform(
  { text }: Recipe,
  { request, build }: { request: BuildRequest; build: string },
): PlatformStages[] {
  return request.platforms.map((platform) => {
    const { buildArgs, target } = request
    const file = readDockerfile(text, { platforms: { target: platform, build }, buildArgs, ...(target && { target }) })
    const stage = requireStage(file.stages, target)
    requireReadable(file)
    return { platform, file, target: stage }
  })
}

async function readLicense(source: Directory): Promise<string | undefined> {
  const name = (await source.entries()).find((entry) => /^(?:LICEN[CS]E|COPYING)(?:\.(?:md|txt))?$/i.test(entry))
  const text = name && (await readOptionalFile(source, name))
  return text ? licenseName(text) : undefined
}
