import { type Directory, dag } from "@dagger.io/dagger"
import { type ServiceSettings, serviceSettings } from "../../config/services.ts"
import type { Settings } from "../../config/settings.ts"
import { deferRejection } from "../../engine/concurrency.ts"
import { renderOutcome, renderOutcomeJson, type TestResults } from "../../test/outcome.ts"
import { chooseSecrets } from "../../test/secret.ts"
import { runTests, type TestOptions } from "../../test/suite.ts"
import { planSuite } from "../../test/suite-plan.ts"
import { type StepCache, stepCache } from "../cache/step-cache.ts"
import { testVolumes } from "../cache/volumes.ts"
import { mergeTest, type TestFlags } from "./stage-options.ts"
import { readSettings, requireService, type StepChoice } from "./step-settings.ts"

/** Tests with the same options; `service` is the name of one of several. */
type Suite = { service?: string; options: TestFlags; secretNames?: string[] }

/** What `test` runs: each tested service as in ship, or the paths of the arguments. */
export async function readTests(source: Directory, flags: TestFlags, choice: StepChoice): Promise<Suite[]> {
  return testsOf(await readSettings(source, choice.set), flags, choice.service)
}

/** `test: false` only omits one of several services, because a caller of `test` expects tests to run. */
export function testsOf(settings: Settings, flags: TestFlags, service?: string): Suite[] {
  if (service !== undefined) return [suiteOf(flags, requireService(settings, service))]
  const tested = [...serviceSettings(settings)].filter(([, { test }]) => test !== false)
  if (flags.paths?.length || tested.length === 0) return [suiteOf(flags, settings)]
  return tested.map(([name, its]) => ({ service: name, ...suiteOf(flags, its) }))
}

function suiteOf(flags: TestFlags, settings: ServiceSettings): Suite {
  const { secrets: secretNames } = settings.test || {}
  return { options: mergeTest(flags, settings), ...(secretNames && { secretNames }) }
}

/** Runs the tests that ship would run; those of several services concurrently, as one outcome. */
export async function runStepTests(
  source: Directory,
  { secrets = [], ...flags }: TestOptions,
  choice: StepChoice,
  caches?: StepCache,
): Promise<TestResults> {
  const suites = await readTests(source, flags, choice)
  const chosen = suites.map(({ secretNames: names, ...suite }) => {
    return { ...suite, secrets: chooseSecrets(secrets, { names, flag: "--secret-names" }) }
  })
  const planned = chosen.map((suite) => ({ ...suite, plans: deferRejection(planSuite(source, suite.options)) }))
  await caches?.fill(async () => await testVolumes((await Promise.all(planned.map(({ plans }) => plans))).flat()))
  const ran = planned.map(async ({ service, options, secrets, plans }) => {
    return { service, tested: await runTests(source, { ...options, secrets }, plans) }
  })
  return joinResults(await Promise.all(ran))
}

/** The tests as one object, for programs; failed tests are a field, not an error. */
export async function testResult(
  source: Directory,
  options: TestOptions,
  { cache: directory, ...choice }: StepChoice & StepCaching,
) {
  const caches = stepCache(directory, choice)
  const tested = await runStepTests(source, options, choice, caches)
  const cache = await caches.end()
  return {
    ...{ ok: tested.status === "passed", text: renderOutcome(tested), reports: tested.report, cache },
    files: dag.directory().withDirectory("reports", tested.report).withDirectory("cache", cache),
  }
}

/** The caches of the call, and what decides who writes them. */
type StepCaching = { cache?: Directory } & Parameters<typeof stepCache>[1]

type SuiteResult = { service?: string; tested: TestResults }

/** Runner names already have their paths; service logs and reports get a folder for each service. */
function joinResults(all: SuiteResult[]): TestResults {
  const [first] = all
  if (first && all.length === 1) return first.tested
  const runners = all.flatMap(({ tested }) => tested.runners)
  const status = all.every(({ tested }) => tested.status === "passed") ? "passed" : "failed"
  const services = all.flatMap(({ service, tested }) =>
    tested.services.map((log) => ({ ...log, name: `${service}/${log.name}` })),
  )
  const report = all.reduce(
    (folder, { service, tested }) => folder.withDirectory(service ?? ".", tested.report),
    dag.directory().withNewFile("outcome.json", renderOutcomeJson(status, runners)),
  )
  return { status, runners, services, report }
}
