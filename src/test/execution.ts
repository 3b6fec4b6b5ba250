import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import { type Run, withEffect } from "../config/effect.ts"
import { quote, SlipwayError } from "../error.ts"
import { readGoEvents } from "./go-events.ts"
import type { RunnerResult } from "./outcome.ts"
import type { DockerfilePlan, ImagePlan, TestPlan } from "./plan.ts"
import { CACHE_DIR, type Dialect, REPORT_DIR } from "./runner.ts"
import { splitWords } from "./words.ts"

export type Surroundings = { source: Directory; run: Run }

/** `files` is the runner's part of the report. */
export type Executed = { result: RunnerResult; files: Directory }

type Attempt = {
  container: Container
  output: string
  failure?: { command: string; exitCode: number }
  seconds: number
}

const WORK_DIR = "/slipway/source"
/** No real run of tests fails faster, but the engine's memory of one does. */
const REMEMBERED_SECONDS = 3

/** Runs one plan's commands in order, up to the first that fails. */
export async function executePlan(plan: TestPlan, surroundings: Surroundings): Promise<Executed> {
  const container = plan.kind === "image" ? await prepare(plan, surroundings) : buildStage(plan, surroundings)
  const { output, failure, seconds, ...attempt } = await attemptFresh(container, { plan, run: surroundings.run })
  const read = plan.kind === "image" ? readOutput(output, plan.dialect) : { output }
  const { name, commands } = plan
  const image = plan.kind === "image" ? plan.image : `${plan.dockerfile} target ${plan.target}`
  const status = failure ? "failed" : "passed"
  const result = { name, image, commands, status, seconds, ...read, ...(failure && { failure }) } as const
  const files = attempt.container.directory(REPORT_DIR).withNewFile("output.log", read.output)
  return { result, files }
}

async function prepare(plan: ImagePlan, { source }: Surroundings): Promise<Container> {
  const image = await pull(plan.image)
  const owner = (await image.user()) || undefined
  const { exclude = [], env = {}, cacheKey, path } = plan
  return image
    .withMountedCache(CACHE_DIR, dag.cacheVolume(cacheKey), { owner })
    .withDirectory(REPORT_DIR, dag.directory(), { owner })
    .withMountedDirectory(WORK_DIR, source.filter({ exclude }), { owner })
    .withWorkdir(`${WORK_DIR}/${path}`)
    .with(withVariables({ CI: "true", ...env }))
}

function buildStage({ path, dockerfile, target }: DockerfilePlan, { source }: Surroundings): Container {
  return source.directory(path).dockerBuild({ dockerfile, target }).withDirectory(REPORT_DIR, dag.directory())
}

/**
 * A pass on unchanged source may come from the engine's cache. A failure may not: the network that broke it is back, and
 * who runs the tests again wants them run. So one that came suspiciously fast is run again.
 */
async function attemptFresh(container: Container, { plan, run }: { plan: TestPlan; run: Run }): Promise<Attempt> {
  const first = await attempt(container, plan)
  if (!first.failure || first.seconds > REMEMBERED_SECONDS) return first
  return await attempt(container.with(withEffect(run)), plan)
}

async function attempt(start: Container, { commands }: TestPlan): Promise<Attempt> {
  const began = Date.now()
  const seconds = () => (Date.now() - began) / 1000
  let container = start
  let output = ""
  for (const command of commands) {
    container = container.withExec(splitWords(command), { expect: ReturnType.Any })
    const [printed, exitCode] = await Promise.all([container.combinedOutput(), container.exitCode()])
    output += `$ ${command}\n${printed}`
    if (exitCode !== 0) return { container, output, failure: { command, exitCode }, seconds: seconds() }
  }
  return { container: await container.sync(), output, seconds: seconds() }
}

function readOutput(output: string, dialect: Dialect = "plain"): Pick<RunnerResult, "output" | "counts"> {
  switch (dialect) {
    case "plain":
      return { output }
    case "go-events": {
      const { text, counts } = readGoEvents(output)
      return { output: text, counts }
    }
  }
}

async function pull(image: string): Promise<Container> {
  try {
    return await dag.container().from(image).sync()
  } catch (error) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `an image for the tests that can be pulled, here ${quote(image)}`,
      got: quote(error instanceof Error ? error.message : String(error)),
      fix: "Give another one with image, or mirror it where the engine looks.",
    })
  }
}

function withVariables(variables: Record<string, string>): (container: Container) => Container {
  return (container) =>
    Object.entries(variables).reduce((all, [name, value]) => all.withEnvVariable(name, value), container)
}
