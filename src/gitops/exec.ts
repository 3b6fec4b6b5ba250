import { type Container, ReturnType } from "@dagger.io/dagger"
import { type Run, withEffect } from "../config/effect.ts"
import { readFatalExit } from "../config/fatal-exit.ts"

/** What a program answered. Its "no" is a value: most of them are decided on. */
export type Answer = { container: Container; exitCode: number; stdout: string; stderr: string }

/** Runs a program on what is in the container; the same on the same content is answered from the engine's cache. */
export async function runTool(container: Container, args: string[]): Promise<Answer> {
  const ran = container.withExec(args, { expect: ReturnType.Any })
  try {
    const exitCode = await ran.exitCode()
    const [stdout, stderr] = await Promise.all([ran.stdout(), ran.stderr()])
    return { container: ran, exitCode, stdout, stderr }
  } catch (error) {
    const fatal = readFatalExit(error)
    if (!fatal) throw error
    return { container: ran, ...fatal }
  }
}

/** One try of one run: what reads or changes the remote repository is done anew in each. */
export type Attempt = { run: Run; tries: number }

/** Runs what meets the world outside the engine. */
export async function runEffect(container: Container, args: string[], { run, tries }: Attempt): Promise<Answer> {
  return await runTool(container.with(withEffect(run)).withEnvVariable("SLIPWAY_TRY", String(tries)), args)
}
