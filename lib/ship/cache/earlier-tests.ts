import { type Directory, dag } from "@dagger.io/dagger"
import { resultKey } from "../../cache/result.ts"
import { errorMessage } from "../../error.ts"
import { inputsRefusal, readInputs } from "../../test/inputs.ts"
import { type RunnerResult, renderOutcomeJson, type TestOutcome, type TestResults } from "../../test/outcome.ts"
import type { Context } from "../context.ts"
import { type HeadStart, readStartRevision } from "../source-image.ts"
import { type FoundResult, type OwnRun, type ResultContent, type ResultRequest, runFields } from "./run-results.ts"

/** The outcome of an earlier run with the same inputs; `keep` leaves that of this run. Neither rejects. */
export type EarlierTests = { outcome?: TestResults; keep: (outcome: TestOutcome) => void }

const NONE: EarlierTests = { keep: () => {} }

/** Looks for tests with the same inputs that passed in an earlier run. Whatever prevents that, the tests run. */
export async function findTests(source: Directory, ahead: HeadStart, context: Context): Promise<EarlierTests> {
  const { results, options } = context
  const { tests, service } = options
  if (!results || tests === "skip") return NONE
  const label = service === undefined ? "test" : `${service} test`
  const refusal = inputsRefusal(tests)
  if (refusal !== undefined) {
    results.skip(label, refusal)
    return NONE
  }
  const read = await readRequest(source, ahead, tests).catch((error: unknown) => {
    results.skip(label, errorMessage(error))
    return undefined
  })
  if (!read) return NONE
  const { request, revision } = read
  const outcome = await results.find(request, label, async (found) => takenOver(found))
  if (outcome) return { ...NONE, outcome }
  return {
    keep: (outcome) => {
      if (outcome.status === "passed")
        results.keep(request, label, async () => contentOf(outcome, { revision, url: options.ci?.url }))
    },
  }
}

type Tests = Exclude<Context["options"]["tests"], "skip">

async function readRequest(source: Directory, { image, plans }: HeadStart, options: Tests) {
  const [planned, revision] = await Promise.all([plans, readStartRevision(image)])
  const inputs = await readInputs(source, planned, { options, ...(revision && { revision }) })
  const request: ResultRequest<"test"> = { stage: "test", key: resultKey(inputs) }
  return { request, revision: revision?.commit }
}

function contentOf(outcome: TestResults, run: OwnRun): ResultContent<"test"> {
  const runners = outcome.runners.map(({ name, image, commands, seconds, counts }) => {
    return { name, image, commands, seconds, ...(counts && { counts }) }
  })
  return { content: { run: runFields(run), runners } }
}

/** The outcome of the earlier run: its files stayed there. */
function takenOver({ result, signer }: FoundResult<"test">): TestResults {
  const { run, at } = result
  const where = [run.url, run.revision && `commit ${run.revision}`].filter(Boolean).join(", ")
  const runners = result.runners.map((runner): RunnerResult => {
    const { counts, ...rest } = runner
    const output = `taken over from the run of ${at}${where && ` (${where})`}\n`
    return { ...rest, ...(counts && { counts }), status: "passed", output }
  })
  const report = dag.directory().withNewFile("outcome.json", renderOutcomeJson("passed", runners))
  return { status: "passed", runners, services: [], report, takenOver: { ...run, at, signer } }
}
