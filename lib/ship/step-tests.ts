import { type Directory, dag } from "@dagger.io/dagger"
import { renderOutcome, renderOutcomeJson, type TestResults } from "../test/outcome.ts"
import { chooseSecrets } from "../test/secret.ts"
import { runTests, type TestOptions } from "../test/suite.ts"
import { readTests, type StepChoice } from "./step-settings.ts"

/** Runs what ship would test; several services side by side, as one outcome. */
export async function runStepTests(
  source: Directory,
  { secrets = [], ...flags }: TestOptions,
  choice: StepChoice,
): Promise<TestResults> {
  const suites = await readTests(source, flags, choice)
  const chosen = suites.map(({ secretNames: names, ...suite }) => {
    return { ...suite, secrets: chooseSecrets(secrets, { names, flag: "--secret-names" }) }
  })
  const ran = chosen.map(async ({ service, options, secrets }) => {
    return { service, tested: await runTests(source, { ...options, secrets }) }
  })
  return joinTested(await Promise.all(ran))
}

/** The tests as one object, for programs; failed ones are a field of it, not an error. */
export async function testResult(source: Directory, options: TestOptions, choice: StepChoice) {
  const tested = await runStepTests(source, options, choice)
  return { ok: tested.status === "passed", text: renderOutcome(tested), reports: tested.report }
}

type Ran = { service?: string; tested: TestResults }

/** Runners are named by their paths already; service logs and reports of several get a folder each. */
function joinTested(all: Ran[]): TestResults {
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
