import type { Container, Directory, DirectoryDockerBuildOpts, Platform, Secret, Socket } from "@dagger.io/dagger"
import { KUSTOMIZE_IMAGE, NODE_IMAGE } from "../../src/tool-images.ts"
import { parseVersion, type Revision } from "../config/revision.ts"
import { pinDockerfile, type ResolvedBase, resolveBases, targetName } from "../dockerfile/base-images.ts"
import { nameFailedRun } from "../dockerfile/failed-run.ts"
import { HIDDEN_DOCKERFILE, hideDockerfile } from "../dockerfile/location.ts"
import { firstStage, platformArgs, SCRATCH } from "../dockerfile/stages.ts"
import { DOCKERFILE, noteUse } from "../engine/secret-use.ts"
import { within } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import type { Plan } from "../oci/canonical/layout.ts"
import { exportLayout, type PlatformImage } from "../oci/layout-export.ts"
import { BASES_ANNOTATION, OCI_ANNOTATION } from "../oci/manifest.ts"
import { type BuildReading, type ReadOptions, readBuild } from "./reading.ts"
import { nameSecrets } from "./request.ts"
import { buildWarnings, observeBuild } from "./warnings.ts"

/** Longest build, half of the CI job that the CI files allow, so that it leaves a report. In seconds. */
export const BUILD_SECONDS = 3600

export type BuildOptions = ReadOptions & {
  /** The Dockerfile mounts each by the id at the same position in secretIds, or by the secret's name. */
  secrets?: Secret[]
  ssh?: Socket
  nodeImage?: string
  /** Longest build, in seconds; default 3600. */
  timeout?: number
}

/** `bases` are the base images, each resolved once. */
type BuiltImage = { layout: Directory; warnings: string[]; bases: ResolvedBase[]; revision?: Revision }

/** Builds one image for all requested platforms, as a layout whose index lists exactly those. */
export async function buildImage(
  source: Directory,
  options: BuildOptions,
  reading: Promise<BuildReading> = readBuild(source, options),
): Promise<BuiltImage> {
  const { timeout = BUILD_SECONDS } = options
  return await within(timeout, buildLayout(options, reading), () => {
    throw buildTimeout(timeout)
  })
}

function buildTimeout(timeout: number): SlipwayError {
  return new SlipwayError("BUILD_TIMEOUT", {
    expected: `the image to be built within ${timeout} s`,
    got: "a build that is still running",
    fix: "Check the last step in its progress output, or raise build.timeout in slipway.yaml (alone: --timeout).",
  })
}

async function buildLayout(options: BuildOptions, reading: Promise<BuildReading>): Promise<BuiltImage> {
  const read = await reading
  const [bases, secrets] = await Promise.all([
    resolveBases(read.bases),
    nameSecrets(options.secrets ?? [], read.request.secretIds),
  ])
  const images = await planPlatforms(read, { bases, secrets, ...(options.ssh && { ssh: options.ssh }) })
  const [layout, warnings] = await Promise.all([
    exportLayout(images, { nodeImage: options.nodeImage ?? NODE_IMAGE, ...layoutPlan(read) }),
    findWarnings(images, read, options.gitImage ?? KUSTOMIZE_IMAGE),
  ])
  return { layout, warnings, bases, ...(read.revision && { revision: read.revision }) }
}

type Inputs = { bases: ResolvedBase[]; secrets: Secret[]; ssh?: Socket }

async function planPlatforms(
  { request, recipe, build, perPlatform, revision }: BuildReading,
  { bases, secrets, ...handles }: Inputs,
): Promise<PlatformImage[]> {
  const buildArgs = { ...(revision && { SOURCE_DATE_EPOCH: String(revision.time) }), ...request.buildArgs }
  const digests = new Map(bases.map(({ name, digest }) => [name, digest]))
  return await Promise.all(
    perPlatform.map(async ({ platform, file, target }): Promise<PlatformImage> => {
      const own = { ...pickBuild(platformArgs({ target: platform, build })), ...buildArgs }
      const text = pinDockerfile(recipe.text, file, { digests, ...(request.target && { target }) })
      const container = await planBuild(hideDockerfile(recipe.context, { ...recipe, text }), {
        platform: platform as Platform,
        dockerfile: HIDDEN_DOCKERFILE,
        buildArgs: Object.entries(own).map(([name, value]) => ({ name, value })),
        secrets: [...secrets],
        ...(request.target && { target: targetName(target) }),
        ...handles,
      }).catch((error) => {
        throw nameFailedRun(
          error,
          file.stages.flatMap(({ instructions }) => instructions),
        )
      })
      return { container, platform, onScratch: firstStage(file.stages, target).base === SCRATCH }
    }),
  )
}

function layoutPlan({ request, revision, license }: BuildReading): Plan {
  const labels = revisionLabels(revision, license)
  return {
    labels: { ...labels, ...request.labels },
    annotations: { ...labels, ...request.annotations },
    ...(request.reproducible && { seconds: revision?.time ?? 0, created: timestamp(revision?.time ?? 0) }),
  }
}

/**
 * The SDK replaces the secrets in the list with their ids one by one, in place. Two concurrent queries of one build with
 * several secrets would see a half-replaced list, so one query completes first.
 */
async function planBuild(context: Directory, options: DirectoryDockerBuildOpts): Promise<Container> {
  for (const secret of options.secrets ?? []) noteUse(secret, DOCKERFILE)
  const container = context.dockerBuild(options)
  await container.id()
  return container
}

async function findWarnings(
  [image]: PlatformImage[],
  { recipe, request, perPlatform: [first] }: BuildReading,
  toolImage: string,
): Promise<string[]> {
  if (!image || !first) return []
  const observed = await observeBuild(image.container, { recipe, toolImage })
  const { file, target } = first
  return buildWarnings({ stages: file.stages, target, buildArgs: request.buildArgs, ...observed })
}

function pickBuild(args: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => name.startsWith("BUILD")))
}

/** The origin of the image, from its commit: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export function revisionLabels(revision: Revision | undefined, license: string | undefined): Record<string, string> {
  return {
    ...(revision && {
      [`${OCI_ANNOTATION}.created`]: timestamp(revision.time),
      [`${OCI_ANNOTATION}.revision`]: revision.dirty ? `${revision.commit}-dirty` : revision.commit,
      ...(revision.url && { [`${OCI_ANNOTATION}.source`]: revision.url }),
      ...(revision.refresh && { [BASES_ANNOTATION]: revision.refresh.bases }),
      ...versionLabel(revision),
    }),
    ...(license && { [`${OCI_ANNOTATION}.licenses`]: license }),
  }
}

/** RFC 3339 in whole seconds, the precision of a commit's time. */
export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z")
}

/** The highest version among a commit's tags; a dirty work tree is no release. */
function versionLabel({ tags, dirty }: Revision): Record<string, string> {
  const version = parseVersion(tags)?.text ?? looseVersion(tags)
  return version && !dirty ? { [`${OCI_ANNOTATION}.version`]: version } : {}
}

/** Dates and short numbers are versions too, although they have no semantic order. */
function looseVersion(tags: string[]): string | undefined {
  const [version] = tags
    .filter((tag) => /^v?[0-9]/.test(tag))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
  return version?.replace(/^v(?=[0-9])/, "")
}
