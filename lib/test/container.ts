import { CacheSharingMode, type Container, type Directory, dag, type Secret } from "@dagger.io/dagger"
import { readSourceFile } from "../config/file.ts"
import { baseImages, pinDockerfile, requireReadable, resolveAnyBases } from "../dockerfile/base-images.ts"
import { HIDDEN_DOCKERFILE, hideDockerfile, readIgnore } from "../dockerfile/location.ts"
import { readDockerfile, requireStage } from "../dockerfile/stages.ts"
import { readableText } from "../engine/secret.ts"
import { DOCKERFILE, derivedSecret } from "../engine/secret-use.ts"
import { type Run, withEffect, within } from "../engine/tool.ts"
import { PULL_SECONDS, pullFailure, pullTimeout } from "../oci/crane.ts"
import type { DockerfilePlan, ImagePlan, TestPlan } from "./plan.ts"
import { CACHE_DIR, REPORT_DIR } from "./runners/runner.ts"
import { type TestSecret, withSecrets } from "./secret.ts"
import { type RunningService, withServices } from "./service.ts"

/** The environment that all plans of one run share. */
export type TestEnvironment = {
  source: Directory
  run: Run
  services: RunningService[]
  secrets: TestSecret[]
  variables: Record<string, string>
  /** Build args for the stage of a Dockerfile. */
  buildArgs: Record<string, string>
  reports: string[]
  /** Longest run of one command, in seconds. */
  timeout: number
}

const WORK_DIR = "/slipway/source"

/** The container for a plan's commands, in the project's directory. A stage is built when it is first used. */
export async function prepareContainer(plan: TestPlan, environment: TestEnvironment): Promise<Container> {
  switch (plan.kind) {
    case "image":
      return await fromImage(plan, environment)
    case "dockerfile":
      return await fromStage(plan, environment)
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
    .with(withNeeds(rest, { owner, to: await reader(image, { name: plan.image, ...rest }) }))
}

/**
 * The image by digest, for the audit of the secrets that it gets, under the name that the plan has: the engine knows an image
 * by the name under which it was pulled first.
 */
async function reader(
  image: Container,
  { name, secrets }: Pick<TestEnvironment, "secrets"> & { name: string },
): Promise<string> {
  if (secrets.length === 0) return ""
  const reference = await image.imageRef()
  return `${name.replace(/@.*$/, "")}${reference.slice(reference.indexOf("@"))}`
}

async function fromStage(plan: DockerfilePlan, { source, ...rest }: TestEnvironment): Promise<Container> {
  const [context, secrets] = await Promise.all([
    pinContext(source.directory(plan.path), plan, rest.buildArgs),
    Promise.all(rest.secrets.map(nameSecret)),
  ])
  const buildArgs = Object.entries(rest.buildArgs).map(([name, value]) => ({ name, value }))
  const stage = context.dockerBuild({ dockerfile: HIDDEN_DOCKERFILE, target: plan.target, buildArgs, secrets })
  return stage.withDirectory(REPORT_DIR, dag.directory()).with(withNeeds(rest, { to: DOCKERFILE }))
}

/** Pins the base images, because a persistent engine would reuse a stage after its base's tag has moved. */
export async function pinContext(
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

/** The caller's variables come last, so that they win. */
function withNeeds(
  { run, ...needs }: Omit<TestEnvironment, "source">,
  reader: { owner?: string; to: string },
): (c: Container) => Container {
  return (container) =>
    container
      .with(withSecrets(needs.secrets, reader))
      .with(withVariables(needs.variables))
      .with(withServices(needs.services))
      .with(reachesOut(needs) ? withEffect(run) : (same) => same)
}

/** Whether the tests use something outside the source, which makes a cached result meaningless. */
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

/** The engine passes only named secrets to a Dockerfile, and a secret from the environment or a file has no name. */
async function nameSecret({ name, secret }: TestSecret): Promise<Secret> {
  const text = await readableText(secret, `the secret ${name} of --secrets (of ship: --test-secrets)`)
  return derivedSecret(name, text, [secret])
}
