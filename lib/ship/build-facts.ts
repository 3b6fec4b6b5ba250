import type { BuildOptions } from "../build/docker-build.ts"
import type { CiRun } from "../config/ci.ts"
import type { ResolvedBase } from "../dockerfile/base-images.ts"
import type { Tools } from "../engine/tool.ts"
import type { BuildFacts } from "../sign/provenance.ts"
import type { BuiltFacts } from "./release-record.ts"
import type { Stage } from "./stopwatch.ts"

/** Nobody but the person at this engine vouches for such a build, and its provenance claims no more. */
const UNKNOWN_BUILDER = "urn:slipway:builder:unattended"

type Input = {
  ci?: CiRun
  built: BuiltFacts & { bases: ResolvedBase[] }
  options: BuildOptions
  tools: Tools
  stages: Stage[]
}

/** What the provenance of a release says, from what its run saw; handles and secrets stay out. */
export function buildFacts({ built, options, tools, stages, ci }: Input): BuildFacts {
  const { revision, content, bases } = built
  const build = stages.find(({ name }) => name === "build")
  const startedAt = new Date(build?.startedAt ?? 0)
  return {
    builderId: ci?.builderId ?? UNKNOWN_BUILDER,
    ...(ci?.url && { invocationId: ci.url }),
    parameters: parametersOf(options),
    source: revision ? { url: revision.url, commit: revision.commit, dirty: revision.dirty } : {},
    baseImages: bases,
    tools: Object.entries(tools).map(([name, image]) => ({ name, image })),
    platforms: content.manifests.map(({ platform, digest }) => ({ platform, digest })),
    startedAt,
    finishedAt: new Date(startedAt.getTime() + (build?.seconds ?? 0) * 1000),
  }
}

/** What the caller chose, by the argument's name; what was left to a default is not a choice. */
export function parametersOf(options: BuildOptions): Record<string, unknown> {
  const { platforms, dockerfile, context, target, buildArgs, secretIds, labels, annotations } = options
  const { keepGitDir, reproducible } = options
  const lists = { platforms, buildArgs, secretIds, labels, annotations }
  const chosen = {
    ...{ dockerfile, context, target, keepGitDir, reproducible },
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list?.length)),
  }
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
}
