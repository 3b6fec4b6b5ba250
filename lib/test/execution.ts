import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import { readOptionalFile, readSourceFile } from "../config/file.ts"
import { failedRunText } from "../dockerfile/failed-run.ts"
import { type Instruction, readInstructions } from "../dockerfile/instructions.ts"
import { withEffect, within } from "../engine/tool.ts"
import { isTimedOut, limitArgs, RUN_PATH, RUN_SCRIPT, readExitCode, splitWords, TIMEOUT_EXIT } from "./command.ts"
import { prepareContainer, reachesOut, type TestEnvironment } from "./container.ts"
import { addCounts, countTests, mayCountTests, readGoEvents, renderJunit, reportPatterns } from "./junit.ts"
import { foundNothing, type RunnerResult, type TestCounts } from "./outcome.ts"
import type { TestPlan } from "./plan.ts"
import { type Dialect, REPORT_DIR } from "./runners/runner.ts"

/** `files` is the part of the report for one runner. */
export type RunnerExecution = { result: RunnerResult; files: Directory }

type Failure = NonNullable<RunnerResult["failure"]>
/** `fresh` tells whether the commands ran now, and the result is not from the engine's cache. */
type Attempt = { container: Container; output: string; failure?: Failure; seconds: number; fresh: boolean }

/** Runs one plan's commands in order, up to the first that fails. */
export async function executePlan(plan: TestPlan, environment: TestEnvironment): Promise<RunnerExecution> {
  const container = await prepareContainer(plan, environment)
  const { failure, seconds, ...attempt } = await attemptFresh(container, { plan, ...environment })
  const { output, written } = readOutput(attempt.output, plan)
  const files = (await collect(attempt.container, { plan, ...environment })).withDirectory(".", written)
  const result: RunnerResult = {
    name: plan.name,
    image: plan.image,
    commands: plan.commands,
    status: failure ? "failed" : "passed",
    seconds,
    output,
    counts: await countIn(files),
    failure,
  }
  return { result, files: files.withNewFile("output.log", output) }
}

/**
 * A pass on unchanged source may come from the engine's cache, but a failure may not: its cause can be gone. A failure that
 * may come from the cache runs again.
 */
async function attemptFresh(
  start: Container,
  { plan, run, timeout, ...needs }: { plan: TestPlan } & TestEnvironment,
): Promise<Attempt> {
  const { source } = needs
  const first = await attempt(start, { plan, source, timeout })
  const { failure, fresh } = first
  if (!failure || failure.timeout || fresh || reachesOut(needs)) return first
  return await attempt(start.with(withEffect(run)), { plan, source, timeout })
}

type AttemptInput = { plan: TestPlan; source: Directory; timeout: number }

async function attempt(start: Container, { plan, source, timeout }: AttemptInput): Promise<Attempt> {
  const began = Date.now()
  let fresh = false
  const ended = (attempt: Omit<Attempt, "seconds" | "fresh">) => {
    return { ...attempt, fresh, seconds: (Date.now() - began) / 1000 }
  }
  let output = ""
  try {
    let container = await within(timeout, start.sync(), () => undefined)
    if (!container)
      return ended({ container: emptyContainer(), output, failure: timeoutFailure(startText(plan), timeout) })
    const seen = await firstSeen(container)
    fresh = isFresh(seen, began)
    if (seen) container = container.withEnvVariable("SLIPWAY_FIRST_SEEN", seen)
    const limit = await findLimit(container)
    if (limit) container = container.withNewFile(RUN_PATH, RUN_SCRIPT, { permissions: 0o755 })
    for (const { text, args } of await steps(container, plan)) {
      output += `$ ${text}\n`
      const ran = await runWithin(container, args, { timeout, limit })
      if (!ran) return ended({ container, output: `${output}${OUTPUT_LOST}`, failure: timeoutFailure(text, timeout) })
      container = ran.container
      output += ran.printed
      if (ran.late) return ended({ container, output, failure: timeoutFailure(text, timeout) })
      if (ran.exitCode !== 0) return ended({ container, output, failure: { command: text, exitCode: ran.exitCode } })
      if (foundNothing(text, ran.printed))
        return ended({ container, output, failure: { command: text, exitCode: 0, foundNothing: true } })
    }
    return ended({ container, output })
  } catch (error) {
    if (plan.kind === "image" || !isExecFailure(error)) throw error
    fresh = true // the engine does not cache a failed build
    const text = await readSourceFile(source.directory(plan.path), plan.dockerfile)
    return ended({ container: emptyContainer(), ...readBuildFailure(error, readInstructions(text)) })
  }
}

/**
 * The time at which the engine first ran anything on these contents: the engine caches this output like that of the tests.
 * As an input of the tests, it proves that tests on new contents are not from the cache. Undefined if the image has no
 * `date`.
 */
async function firstSeen(container: Container): Promise<string | undefined> {
  const date = container.withExec(["date", "+%s%N"], { expect: ReturnType.Any })
  try {
    return (await date.exitCode()) === 0 ? (await date.stdout()).trim() : undefined
  } catch {
    return undefined // the image has no such program, so a failure runs again
  }
}

/**
 * `began` is in milliseconds. BusyBox may print whole seconds: with these, contents that were first seen in the second in which
 * the run began may be from an earlier run.
 */
export function isFresh(seen: string | undefined, began: number): boolean {
  const [, seconds, nanoseconds] = /^([0-9]{10})([0-9]{9})?\D*$/.exec(seen ?? "") ?? []
  if (!seconds) return false
  if (!nanoseconds) return Number(seconds) > Math.floor(began / 1000)
  return Number(seconds) * 1000 + Number(nanoseconds.slice(0, 3)) >= began
}

/** Names the step before the first command. */
function startText(plan: TestPlan): string {
  return plan.kind === "image" ? `the start of ${plan.image}` : `the build of stage ${plan.target}`
}

const SHELL = "/bin/sh"
const TIMEOUT_PROGRAMS = ["/usr/bin/timeout", "/bin/timeout"]
const OUTPUT_LOST = "(its output is lost, because its image has no timeout program that could end it)\n"

type ProcessResult = { container: Container; printed: string; exitCode: number; late: boolean }

/**
 * The image's `timeout` ends a command that hangs, so that the engine keeps its output and files. Without that program the
 * command runs on until the session ends.
 */
async function runWithin(
  container: Container,
  args: string[],
  { timeout, limit }: { timeout: number; limit?: string },
): Promise<ProcessResult | undefined> {
  const began = Date.now()
  const ran = container.withExec(limitArgs(args, { timeout, limit }), { expect: ReturnType.Any })
  const reading = readProcessResult(ran, container)
  const result = await (limit ? reading : within(timeout, reading, () => undefined))
  if (!result) return undefined
  const late = limit !== undefined && isTimedOut(result.exitCode, { timeout, seconds: (Date.now() - began) / 1000 })
  return { ...result, late }
}

/** Without RUN_SCRIPT, a command that a signal ended leaves its output, but no container. */
async function readProcessResult(ran: Container, before: Container): Promise<Omit<ProcessResult, "late">> {
  try {
    const [printed, exitCode] = await Promise.all([ran.combinedOutput(), ran.exitCode()])
    return { container: ran, printed, exitCode: readExitCode(exitCode) }
  } catch (error) {
    const { exitCode, stdout = "", stderr = "" } = error as Partial<ExecFailure>
    if (typeof exitCode !== "number") throw error
    return { container: before, printed: `${stdout}${stderr}\n`, exitCode }
  }
}

async function findLimit(container: Container): Promise<string | undefined> {
  const found = await Promise.all([SHELL, ...TIMEOUT_PROGRAMS].map((path) => container.exists(path)))
  const [shell, ...programs] = found
  return shell ? TIMEOUT_PROGRAMS[programs.indexOf(true)] : undefined
}

function timeoutFailure(command: string, timeout: number): Failure {
  return { command, exitCode: TIMEOUT_EXIT, timeout }
}

/** A failed build leaves no container to collect reports from. */
function emptyContainer(): Container {
  return dag.container().withDirectory(REPORT_DIR, dag.directory())
}

/** The command of a stage is known only after its build. */
async function steps(container: Container, plan: TestPlan): Promise<{ text: string; args: string[] }[]> {
  if (plan.commands.length || plan.kind === "image" || !plan.runsOnStart) {
    return plan.commands.map((text) => ({ text, args: splitWords(text) }))
  }
  const [entrypoint, defaults] = await Promise.all([container.entrypoint(), container.defaultArgs()])
  const args = [...entrypoint, ...defaults]
  return [{ text: args.join(" "), args }]
}

/** The output of a failed RUN of the stage, with the name of the RUN at the end. */
export function readBuildFailure(
  { exitCode, cmd = ["build"], stdout = "", stderr = "" }: ExecFailure,
  instructions: Instruction[],
): { output: string; failure: Failure } {
  const command = cmd.join(" ")
  const named = failedRunText({ cmd, stderr }, instructions)
  const output = [`$ ${command}`, stdout, stderr, ...(named ? [named] : []), ""].join("\n")
  return { output, failure: { command, exitCode } }
}

type ExecFailure = { exitCode: number; cmd?: string[]; stdout?: string; stderr?: string }

/** The SDK does not export the class of this error to modules. */
function isExecFailure(error: unknown): error is ExecFailure {
  return typeof (error as Partial<ExecFailure>).exitCode === "number"
}

/** The output for people, and the report files that the runner does not write itself. */
function readOutput(output: string, plan: TestPlan): { output: string; written: Directory } {
  const dialect: Dialect = (plan.kind === "image" && plan.dialect) || "plain"
  switch (dialect) {
    case "plain":
      return { output, written: dag.directory() }
    case "go-events": {
      const { text, tests } = readGoEvents(output)
      return { output: text, written: dag.directory().withNewFile("junit.xml", renderJunit(tests)) }
    }
  }
}

/** The report files of the runner, and other new files of the tests that match a report pattern. */
async function collect(
  container: Container,
  { plan, source, reports }: { plan: TestPlan } & TestEnvironment,
): Promise<Directory> {
  const patterns = reportPatterns(reports)
  const before = source.directory(plan.path).filter(patterns)
  const after = container.directory(".").filter(patterns)
  return await container.directory(REPORT_DIR).withDirectory(".", before.diff(after)).sync()
}

/** Counts the tests in the reports. A dangling link to an earlier report counts nothing. */
export async function countIn(files: Directory): Promise<TestCounts | undefined> {
  const paths = (await files.glob("**/*")).filter(mayCountTests)
  const texts = await Promise.all(paths.map((path) => readOptionalFile(files, path)))
  return addCounts(texts.flatMap((text = "") => countTests(text) ?? []))
}
