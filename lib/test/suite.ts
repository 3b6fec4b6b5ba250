import { type Directory, dag } from "@dagger.io/dagger"
import { parseAssignments } from "../config/argument.ts"
import { newRun } from "../engine/tool.ts"
import { requireSeconds, TEST_SECONDS } from "./command.ts"
import { executePlan, type RunnerExecution } from "./execution.ts"
import { renderOutcomeJson, type ServiceLog, type TestResults } from "./outcome.ts"
import type { TestPlan } from "./plan.ts"
import type { TestSecret } from "./secret.ts"
import { startServices, stopServices } from "./service.ts"
import { parseServices, readVariable } from "./service-spec.ts"
import { planSuite, type SuitePlanOptions } from "./suite-plan.ts"

export type TestOptions = SuitePlanOptions & {
  /** KEY=VALUE, for the tests' environment. */
  variables?: string[]
  secrets?: TestSecret[]
  /** NAME=value, for the test stage of a Dockerfile. */
  buildArgs?: string[]
  /** Patterns of further files for the report, relative to each path. */
  reports?: string[]
  /** Longest run of one command, in seconds; default 3600. */
  timeout?: number
}

/**
 * Runs the project's tests, independent runners in parallel. Failed tests are an outcome, with output and report; only a
 * problem that prevents the tests from running throws.
 */
export async function runTests(
  source: Directory,
  options: TestOptions,
  planning?: Promise<TestPlan[]>,
): Promise<TestResults> {
  const { secrets = [], reports = [] } = options
  const timeout = requireSeconds(options.timeout ?? TEST_SECONDS)
  const specs = parseServices(options.services ?? [])
  const variables = Object.assign({}, ...(options.variables ?? []).map((text) => readVariable(text)))
  const buildArgs = parseAssignments(options.buildArgs ?? [], "build arg")
  const plans = await (planning ?? planSuite(source, options))
  const run = newRun()
  const services = await startServices(specs, run)
  try {
    const environment = { source, run, services, secrets, variables, buildArgs, reports, timeout }
    const executed = await Promise.all(plans.map((plan) => executePlan(plan, environment)))
    return renderSuiteOutcome(executed, await Promise.all(services.map(({ log }) => log())))
  } finally {
    await stopServices(services)
  }
}

function renderSuiteOutcome(executed: RunnerExecution[], services: ServiceLog[]): TestResults {
  const runners = executed.map(({ result }) => result)
  const status = runners.every((runner) => runner.status === "passed") ? "passed" : "failed"
  const files = executed.reduce((all, { result, files }) => all.withDirectory(result.name, files), dag.directory())
  const logs = services.reduce((all, { name, log }) => all.withNewFile(`services/${name}.log`, log), files)
  const report = logs.withNewFile("outcome.json", renderOutcomeJson(status, runners))
  return { status, runners, services, report }
}
