import { type Container, ReturnType } from "@dagger.io/dagger"
import { within } from "./time-limit.ts"

/** What a tool answered. Its "no" is a value: what it means is decided by who asked. */
export type Answer = { exitCode: number; stdout: string; stderr: string }

/** Tools without a limit of their own wait for ever for a server that takes a connection and says nothing. In seconds. */
export const ANSWER_SECONDS = 300

/** Runs what was made. The first question runs it, and the others are about what it left: three at once could be three runs. */
export async function readAnswer(made: Container): Promise<Answer> {
  const exitCode = await made.exitCode()
  const [stdout, stderr] = await Promise.all([made.stdout(), made.stderr()])
  return { exitCode, stdout, stderr }
}

/** Runs a tool that asks a server; no answer in time is a "no" too. */
export async function answerWithin(seconds: number, tool: Container, args: string[]): Promise<Answer> {
  const asking = readAnswer(tool.withExec(args, { expect: ReturnType.Any }))
  return await within(seconds, asking, () => lateAnswer(seconds))
}

/** What stands in the place of an answer that was not waited for any longer. */
export function lateAnswer(seconds: number): Answer {
  return { exitCode: 1, stdout: "", stderr: `Error: ${LATE} ${seconds} s` }
}

const LATE = "no answer within"

/** Whether a tool was not waited for any longer, by what stands in its place then. */
export function isLate(stderr: string): boolean {
  return stderr.startsWith(`Error: ${LATE}`)
}
