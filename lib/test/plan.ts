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

/** One run of tests in a separate container. `name` is unique, and the folder of the run in the report. */
export type TestPlan = ImagePlan | DockerfilePlan
export type ImagePlan = Recipe & { kind: "image"; name: string; path: string; cacheKey: string }
export type DockerfilePlan = {
  kind: "dockerfile"
  name: string
  path: string
  /** The text for people. */
  image: string
  dockerfile: string
  target: string
  /** The commands to run in the built stage; none if its CMD or its RUN runs the tests. */
  commands: string[]
  runsOnStart: boolean
}

/** The caller's options, which win over the recognised recipe. */
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
/** The stages and their instructions are the same for every platform. */
const ANY_BUILD = { platforms: { target: "linux/amd64", build: "linux/amd64" }, buildArgs: {} }

/** Every kind of project that is recognised, in the order of the outcomes. */
export const RUNNERS: Runner[] = [GO, NODE, BUN, PYTHON, RUST, MAVEN, GRADLE, DOTNET]

const LOOKED_FOR = [...RUNNERS.map(({ looksFor }) => looksFor), `a Dockerfile with a stage named "${DEFAULT_TARGET}"`]

/** Plans what runs where, before anything runs. A folder with several kinds of project gets a plan for each. */
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

/** If the commands run in the root of a workspace, the lock file there names the cache. */
function imagePlan(runner: string, project: Project, { directory, ...recipe }: Recipe): ImagePlan {
  const { name } = place(runner, project)
  const folder = foldersUp(project).find(({ path }) => path === directory) ?? project
  const { path } = folder
  const exclude = recipe.exclude && { exclude: recipe.exclude.map((pattern) => within(path, pattern)) }
  return { kind: "image", ...recipe, ...exclude, name, path, cacheKey: cacheKey(runner, folder, recipe) }
}

/** The source is filtered as a whole, so the pattern of a folder gets the folder's path. */
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

/** The key depends on ecosystem and locked dependencies, so that no project reads the cache of another. */
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
      expected: `one of the runners ${known.join(", ")}`,
      got: quote(name),
      fix: "Correct test.runners in slipway.yaml, or leave it out to run all recognised runners.",
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
      fix: "Select one with test.runners and test.paths, or set both test.image and test.commands.",
    })
  }
  return plans.map((plan) => {
    if (plan.kind === "dockerfile") return { ...plan, commands }
    return { ...plan, ...(image && { image }), ...(commands.length && { commands, dialect: "plain" as const }) }
  })
}

/** A container can reach services, but a build cannot. */
function requireReachable(plan: TestPlan): void {
  if (plan.kind === "image" || plan.runsOnStart || plan.commands.length) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a stage ${quote(plan.target)} that runs the tests in CMD, because they need services`,
    got: "a stage that runs them in RUN, which cannot reach services",
    fix: "Move the tests from RUN to CMD in that stage, or set test.commands.",
  })
}

function requireWords(command: string): void {
  if (splitWords(command).length) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a command with at least one word",
    got: quote(command),
    fix: "Write a program in test.commands, or leave test.commands out to use those of the runner.",
  })
}

function notRecognised(projects: Project[], { target, runners = [], dockerfile }: PlanOptions): SlipwayError {
  const wanted = [dockerfile ?? DEFAULT_DOCKERFILE, `with a stage named ${quote(target ?? DEFAULT_TARGET)}`].join(" ")
  return new SlipwayError("RUNNER_NOT_FOUND", {
    expected: target ? wanted : `a project with one of: ${LOOKED_FOR.join("; ")}`,
    got: projects.map(contents).join("; ") + (runners.length ? `, with only ${runners.join(", ")} selected` : ""),
    fix: "Set test.image and test.commands for any other project, test.paths for projects below the root, or test: false to ship without tests.",
  })
}

function contents({ path, entries }: Project): string {
  const shown = entries.slice(0, 20).join(", ")
  return `${quote(path)} with ${shown || "nothing in it"}${entries.length > 20 ? ", …" : ""}`
}
