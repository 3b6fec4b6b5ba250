import { CacheSharingMode, type Container, type Directory, dag, type Secret } from "@dagger.io/dagger"
import { readSourceFile } from "../config/file.ts"
import { baseImages, pinDockerfile, requireReadable, resolveAnyBases } from "../dockerfile/base-images.ts"
import { HIDDEN_DOCKERFILE, hideDockerfile, readIgnore } from "../dockerfile/location.ts"
import { readDockerfile, requireStage } from "../dockerfile/stages.ts"
import { readableText } from "../engine/secret.ts"
import { type Run, withEffect, within } from "../engine/tool.ts"
import { PULL_SECONDS, pullFailure, pullTimeout } from "../oci/crane.ts"
import type { DockerfilePlan, ImagePlan, TestPlan } from "./plan.ts"
import { CACHE_DIR, REPORT_DIR } from "./runners/runner.ts"
import { type TestSecret, withSecrets } from "./secret.ts"
import { type RunningService, withServices } from "./service.ts"

/** What all plans of one run have in common. */
export type TestEnvironment = {
  source: Directory
  run: Run
  services: RunningService[]
  secrets: TestSecret[]
  variables: Record<string, string>
  /** For a stage that is built. */
  buildArgs: Record<string, string>
  reports: string[]
  /** Longest one command may run, in seconds. */
  timeout: number
}

const WORK_DIR = "/slipway/source"

/** The container in which a plan's commands run, in the project's directory; a stage is built when it is first used. */
export async function prepareContainer(plan: TestPlan, surroundings: TestEnvironment): Promise<Container> {
  switch (plan.kind) {
    case "image":
      return await fromImage(plan, surroundings)
    case "dockerfile":
      return await fromStage(plan, surroundings)
  }
}

async function fromImage(plan: ImagePlan, { source, ...rest }: TestEnvironment): Promise<Container> {
  const image = await pull(plan.image)
  const owner = (await image.user()) || undefined
  const { exclude = [], env = {}, cacheKey, exclusiveCache, path } = plan
  const sharing = exclusiveCache ? CacheSharingMode.Locked : CacheSharingMode.Shared
  return image
    .withMountedCache(CACHE_DIR, dag.cacheVolume(cacheKey), { owner, sharing })
    .withDirectory(REPORT_DIR, dag.directory(), { owner })
    .withMountedDirectory(WORK_DIR, source.filter({ exclude }), { owner })
    .withWorkdir(`${WORK_DIR}/${path}`)
    .with(withVariables({ CI: "true", ...env }))
    .with(withNeeds(rest, owner))
}

async function fromStage(plan: DockerfilePlan, { source, ...rest }: TestEnvironment): Promise<Container> {
  const [context, secrets] = await Promise.all([
    pinContext(source.directory(plan.path), plan, rest.buildArgs),
    Promise.all(rest.secrets.map(nameSecret)),
  ])
  const buildArgs = Object.entries(rest.buildArgs).map(([name, value]) => ({ name, value }))
  const stage = context.dockerBuild({ dockerfile: HIDDEN_DOCKERFILE, target: plan.target, buildArgs, secrets })
  return stage.withDirectory(REPORT_DIR, dag.directory()).with(withNeeds(rest))
}

/** Otherwise an engine that is kept would go on to test in what a moved tag meant before. */
async function pinContext(
  context: Directory,
  { dockerfile, target }: DockerfilePlan,
  buildArgs: Record<string, string>,
): Promise<Directory> {
  const [text, ignore, platform] = await Promise.all([
    readSourceFile(context, dockerfile),
    readIgnore(context, { folder: context, dockerfile }),
    dag.defaultPlatform(),
  ])
  const file = readDockerfile(text, { platforms: { target: platform, build: platform }, buildArgs, target })
  requireReadable(file)
  const bases = await resolveAnyBases(baseImages(file.stages, requireStage(file.stages, target)))
  const digests = new Map(bases.map(({ name, digest }) => [name, digest]))
  return hideDockerfile(context, {
    text: pinDockerfile(text, file, { digests }),
    ...(ignore !== undefined && { ignore }),
  })
}

/** What the caller gave for the tests comes last, and wins. */
function withNeeds({ run, ...needs }: Omit<TestEnvironment, "source">, owner?: string): (c: Container) => Container {
  return (container) =>
    container
      .with(withSecrets(needs.secrets, owner))
      .with(withVariables(needs.variables))
      .with(withServices(needs.services))
      .with(reachesOut(needs) ? withEffect(run) : (same) => same)
}

/** Then an earlier result says nothing: the source is the same, but what is behind a service or a login may not be. */
export function reachesOut({ services, secrets }: Pick<TestEnvironment, "services" | "secrets">): boolean {
  return services.length + secrets.length > 0
}

async function pull(image: string): Promise<Container> {
  const pulling = dag
    .container()
    .from(image)
    .sync()
    .catch((error: unknown) => {
      throw pullFailure("for the tests", { image, error })
    })
  return await within(PULL_SECONDS, pulling, () => {
    throw pullTimeout("for the tests", image)
  })
}

function withVariables(variables: Record<string, string>): (container: Container) => Container {
  return (container) =>
    Object.entries(variables).reduce((all, [name, value]) => all.withEnvVariable(name, value), container)
}

/** The engine gives a Dockerfile only secrets that have a name, and those from the environment or a file have none. */
async function nameSecret({ name, secret }: TestSecret): Promise<Secret> {
  return dag.setSecret(name, await readableText(secret, `the secret ${name} of --secrets (of ship: --test-secrets)`))
}
