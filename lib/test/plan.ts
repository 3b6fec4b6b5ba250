import { createHash } from "node:crypto"
import { posix } from "node:path"
import { namedStage, readStages } from "../dockerfile/stages.ts"
import { quote, SlipwayError } from "../error.ts"
import { splitWords } from "./command.ts"
import { DOTNET } from "./runners/dotnet.ts"
import { GO } from "./runners/go.ts"
import { GRADLE, MAVEN, oneJavaBuild } from "./runners/java.ts"
import { BUN, NODE } from "./runners/node.ts"
import { PYTHON } from "./runners/python.ts"
import { type Folder, foldersUp, type Project, type Recipe, type Runner } from "./runners/runner.ts"
import { RUST } from "./runners/rust.ts"

/** One run of tests in a container of its own. `name` tells it from the others and is its place in the report. */
export type TestPlan = ImagePlan | DockerfilePlan
export type ImagePlan = Recipe & { kind: "image"; name: string; path: string; cacheKey: string }
export type DockerfilePlan = {
  kind: "dockerfile"
  name: string
  path: string
  /** For people. */
  image: string
  dockerfile: string
  target: string
  /** Run in the built stage; none if its own CMD does it, or the build did. */
  commands: string[]
  runsOnStart: boolean
}

/** What a caller may decide himself; it wins over what is recognised. */
export type PlanOptions = {
  image?: string
  commands?: string[]
  runners?: string[]
  dockerfile?: string
  target?: string
  services?: string[]
}

export const DEFAULT_DOCKERFILE = "Dockerfile"
const DEFAULT_TARGET = "test"
const DOCKERFILE_RUNNER = "dockerfile"
/** Which stages there are, and what is in them, is the same for every platform. */
const ANY_BUILD = { platforms: { target: "linux/amd64", build: "linux/amd64" }, buildArgs: {} }

/** Every kind of project that is recognised, in the order in which their outcomes are told. */
export const RUNNERS: Runner[] = [GO, NODE, BUN, PYTHON, RUST, MAVEN, GRADLE, DOTNET]

const LOOKED_FOR = [...RUNNERS.map(({ looksFor }) => looksFor), `a Dockerfile with a stage named "${DEFAULT_TARGET}"`]

/** Decides what is run where, before anything runs. Several kinds of project side by side are several plans. */
export function planTests(projects: Project[], options: PlanOptions): TestPlan[] {
  for (const command of options.commands ?? []) requireWords(command)
  if (options.image && options.commands?.length) {
    const recipe = { image: options.image, commands: options.commands }
    return projects.map((project) => imagePlan("custom", project, recipe))
  }
  const recognised = projects.flatMap((project) => recognise(project, options))
  const chosen = choose(recognised, options)
  if (!chosen.length) throw notRecognised(projects, options)
  const plans = override(chosen, options)
  if (options.services?.length) plans.forEach(requireReachable)
  return plans
}

function recognise(project: Project, options: PlanOptions): TestPlan[] {
  const { image, dockerfile = DEFAULT_DOCKERFILE, target, runners = [] } = options
  const built = image ? [] : dockerfilePlans(project, dockerfile, target)
  if (target) return built
  const found = RUNNERS.flatMap((runner) => recipePlans(runner, project))
  const once = runners.length
    ? undefined
    : oneJavaBuild(
        project,
        found.map(({ runner }) => runner),
      )
  return [...found.flatMap(({ runner, plan }) => (once?.includes(runner) === false ? [] : [plan])), ...built]
}

function recipePlans(runner: Runner, project: Project): { runner: string; plan: ImagePlan }[] {
  const recipe = runner.plan(project)
  return recipe ? [{ runner: runner.name, plan: imagePlan(runner.name, project, recipe) }] : []
}

/** Where the commands run in the root of a workspace, its lock file is what names the cache. */
function imagePlan(runner: string, project: Project, { directory, ...recipe }: Recipe): ImagePlan {
  const { name } = place(runner, project)
  const folder = foldersUp(project).find(({ path }) => path === directory) ?? project
  const { path } = folder
  const exclude = recipe.exclude && { exclude: recipe.exclude.map((pattern) => within(path, pattern)) }
  return { kind: "image", ...recipe, ...exclude, name, path, cacheKey: cacheKey(runner, folder, recipe) }
}

/** The source is filtered as a whole: a folder's own pattern is about that folder. */
function within(path: string, pattern: string): string {
  return pattern.startsWith("**/") ? pattern : posix.join(path, pattern)
}

function dockerfilePlans(project: Project, dockerfile: string, target = DEFAULT_TARGET): DockerfilePlan[] {
  const stage = namedStage(readStages(project.text[dockerfile] ?? "", ANY_BUILD), target.toLowerCase())
  if (!stage) return []
  const runsOnStart = stage.instructions.some(({ keyword }) => keyword === "CMD" || keyword === "ENTRYPOINT")
  const image = `${dockerfile}, stage ${target}`
  const own = { dockerfile, target, image, commands: [], runsOnStart }
  return [{ kind: "dockerfile", ...place(DOCKERFILE_RUNNER, project), ...own }]
}

function place(runner: string, { path }: Project): { name: string; path: string } {
  return { name: path === "." ? runner : `${path}/${runner}`, path }
}

/** Ecosystem and locked dependencies: another lock file is another cache, and no project reads another's. */
function cacheKey(runner: string, { text }: Folder, { lockFiles = [] }: Recipe): string {
  const hash = createHash("sha256")
  for (const name of lockFiles) hash.update(`${name}\0${text[name] ?? ""}\0`)
  return `slipway-test-${runner}-${hash.digest("hex").slice(0, 16)}`
}

function choose(plans: TestPlan[], { runners = [] }: PlanOptions): TestPlan[] {
  if (!runners.length) return plans
  const known = [...RUNNERS.map(({ name }) => name), DOCKERFILE_RUNNER]
  for (const name of runners) {
    if (known.includes(name)) continue
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `runners out of ${known.join(", ")}`,
      got: quote(name),
      fix: "Leave runners out to run all that are recognised.",
    })
  }
  return plans.filter((plan) => runners.some((name) => plan.name === name || plan.name.endsWith(`/${name}`)))
}

function override(plans: TestPlan[], { image, commands = [] }: PlanOptions): TestPlan[] {
  if (!image && !commands.length) return plans
  if (plans.length > 1) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `one runner for the given ${image ? "image" : "commands"}`,
      got: `${plans.length} (${plans.map(({ name }) => name).join(", ")})`,
      fix: "Choose one with runners and paths, or give both image and commands.",
    })
  }
  return plans.map((plan) => {
    if (plan.kind === "dockerfile") return { ...plan, commands }
    return { ...plan, ...(image && { image }), ...(commands.length && { commands, dialect: "plain" as const }) }
  })
}

/** A build runs without a network to services; a container does not. */
function requireReachable(plan: TestPlan): void {
  if (plan.kind === "image" || plan.runsOnStart || plan.commands.length) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a stage ${quote(plan.target)} that runs the tests when it is started, because services are given`,
    got: "one that runs them while it is built, where no service can be reached",
    fix: "Move the tests from RUN to CMD in that stage, or give commands.",
  })
}

function requireWords(command: string): void {
  if (splitWords(command).length) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a command with at least one word",
    got: quote(command),
    fix: "Leave commands out to use the runner's own.",
  })
}

function notRecognised(projects: Project[], { target, runners = [], dockerfile }: PlanOptions): SlipwayError {
  const wanted = [dockerfile ?? DEFAULT_DOCKERFILE, `with a stage named ${quote(target ?? DEFAULT_TARGET)}`].join(" ")
  return new SlipwayError("RUNNER_NOT_FOUND", {
    expected: target ? wanted : `tests that one of these runs: ${LOOKED_FOR.join("; ")}`,
    got: projects.map(contents).join("; ") + (runners.length ? `, and only ${runners.join(", ")} allowed` : ""),
    fix: "Give image and commands for anything else, paths for a project below the root, or skip tests on purpose.",
  })
}

function contents({ path, entries }: Project): string {
  const shown = entries.slice(0, 20).join(", ")
  return `${quote(path)} with ${shown || "nothing in it"}${entries.length > 20 ? ", …" : ""}`
}
