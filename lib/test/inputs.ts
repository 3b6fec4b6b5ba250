import { type Directory, dag } from "@dagger.io/dagger"
import { parseAssignments } from "../config/argument.ts"
import type { Revision } from "../config/revision.ts"
import { TEST_SECONDS } from "./command.ts"
import { pinContext } from "./container.ts"
import type { DockerfilePlan, ImagePlan, TestPlan } from "./plan.ts"
import type { TestOptions } from "./suite.ts"

/** Why the result of one run says nothing about another; undefined if it does. */
export function inputsRefusal({ services = [], secrets = [] }: Pick<TestOptions, "services" | "secrets">) {
  if (services.length > 0) return "the tests use services"
  if (secrets.length > 0) return "the tests use secrets"
  return undefined
}

/**
 * What a plan reads: the digest of its image, and that of its files without .git, which differs between two clones of one
 * commit. `git` is what a checkout in these files shows. A stage of a Dockerfile has its base images in the pinned files.
 */
export type PlanFacts = { image?: string; files: string; git?: GitFacts }
type GitFacts = Pick<Revision, "commit" | "branch" | "tags">

/** Everything that decides whether the tests of a plan pass. */
export function planInputs(plan: TestPlan, { image, files, git }: PlanFacts): unknown[] {
  const { kind, name, path, commands } = plan
  const checkout = git ? [git.commit, git.branch ?? "", [...git.tags].sort()] : []
  const read = [kind, name, path, commands, files, checkout]
  switch (plan.kind) {
    case "image": {
      const { env = {}, exclude = [], dialect = "plain", cacheKey } = plan
      return [...read, image, Object.entries(env).sort(), exclude, dialect, cacheKey]
    }
    case "dockerfile":
      return [...read, plan.dockerfile, plan.target, plan.runsOnStart]
  }
}

/** Everything that decides whether the tests of a suite pass; tests with services or secrets have more: see inputsRefusal. */
export function suiteInputs(
  { variables = [], buildArgs = [], timeout = TEST_SECONDS }: Pick<TestOptions, "variables" | "buildArgs" | "timeout">,
  { platform, plans }: { platform: string; plans: unknown[] },
): unknown[] {
  return [platform, variables, [...buildArgs].sort(), timeout, plans]
}

type InputOptions = { options: TestOptions; revision?: Revision }

export async function readInputs(
  source: Directory,
  plans: TestPlan[],
  { options, revision }: InputOptions,
): Promise<unknown[]> {
  const buildArgs = parseAssignments(options.buildArgs ?? [], "build arg")
  const reading = plans.map(async (plan) => {
    const facts = plan.kind === "image" ? imageFacts(source, plan) : stageFacts(source, plan, buildArgs)
    const { folder, ...image } = await facts
    return planInputs(plan, { ...image, ...(await contentOf(folder, revision)) })
  })
  const [platform, ...read] = await Promise.all([dag.defaultPlatform(), ...reading])
  return suiteInputs(options, { platform, plans: read })
}

/** The commands see the whole source, but for what the recipe excludes. The same image can have several names. */
async function imageFacts(source: Directory, { image: name, exclude = [] }: ImagePlan) {
  const reference = await dag.container().from(name).imageRef()
  return { folder: source.filter({ exclude }), image: reference.slice(reference.lastIndexOf("@") + 1) }
}

async function stageFacts(source: Directory, plan: DockerfilePlan, buildArgs: Record<string, string>) {
  return { folder: await pinContext(source.directory(plan.path), plan, buildArgs) }
}

async function contentOf(folder: Directory, revision?: Revision): Promise<Omit<PlanFacts, "image">> {
  const entries = await folder.entries()
  const hasGit = entries.includes(".git/") || entries.includes(".git")
  if (!hasGit) return { files: await folder.digest() }
  // nothing else stands for the checkout
  if (!revision) throw new Error("the revision of the source is not known")
  return { files: await folder.withoutDirectory(".git").digest(), git: revision }
}
