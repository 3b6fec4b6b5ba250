import { randomUUID } from "node:crypto"
import { setTimeout } from "node:timers/promises"
import { type Container, ReturnType } from "@dagger.io/dagger"

/** Which image runs each tool; the module's constructor replaces any of them, for an air-gapped site's mirror. */
export type Tools = {
  trivy: string
  /** Where Grype scans instead of Trivy. */
  grype?: string
  cosign: string
  crane: string
  kustomize: string
  registry: string
  git?: string
}

/** Where each official image has its program: cosign's and crane's have no shell, so it is called by path. */
export const TRIVY = "trivy"
export const GRYPE = "/grype"
export const COSIGN = "/ko-app/cosign"
export const CRANE = "/ko-app/crane"
export const KUSTOMIZE = "/app/kustomize"

/** One run of the module. Without it among an exec's inputs, the engine would answer a second push from its cache. */
export type Run = string & { readonly brand: "Run" }

export function newRun(): Run {
  return randomUUID() as Run
}

/** Put right before an exec that changes or reads something outside the engine, so that it really happens. */
export function withEffect(run: Run): (container: Container) => Container {
  return (container) => container.withEnvVariable("SLIPWAY_RUN", run)
}

/**
 * What `work` comes to, or `late` if that takes longer. What was begun is not waited for any more: the engine ends it with
 * the session.
 */
export async function within<T>(seconds: number, work: Promise<T>, late: () => T): Promise<T> {
  const waiting = new AbortController()
  const tooLate = setTimeout(seconds * 1000, undefined, { signal: waiting.signal, ref: false }).then(late)
  tooLate.catch(() => {}) // the work was faster
  return await Promise.race([work, tooLate]).finally(() => waiting.abort())
}

/** What a tool answered. Its "no" is a value: what it means is decided by who asked. */
export type ToolResult = { exitCode: number; stdout: string; stderr: string }

/** Tools without a limit of their own wait for ever for a server that takes a connection and says nothing. In seconds. */
export const TOOL_SECONDS = 300

/** Runs what was made. The first question runs it, and the others are about what it left: three at once could be three runs. */
export async function readToolResult(made: Container): Promise<ToolResult> {
  const exitCode = await made.exitCode()
  const [stdout, stderr] = await Promise.all([made.stdout(), made.stderr()])
  return { exitCode, stdout, stderr }
}

/** Runs a tool that asks a server; no answer in time is a "no" too. */
export async function runTool(seconds: number, tool: Container, args: string[]): Promise<ToolResult> {
  const asking = readToolResult(tool.withExec(args, { expect: ReturnType.Any }))
  return await within(seconds, asking, () => timeoutResult(seconds))
}

/** What stands in the place of an answer that was not waited for any longer. */
export function timeoutResult(seconds: number): ToolResult {
  return { exitCode: 1, stdout: "", stderr: `Error: ${TIMEOUT_MESSAGE} ${seconds} s` }
}

const TIMEOUT_MESSAGE = "no answer within"

/** Whether a tool was not waited for any longer, by what stands in its place then. */
export function isTimedOut(stderr: string): boolean {
  return stderr.startsWith(`Error: ${TIMEOUT_MESSAGE}`)
}

/**
 * The engine takes exit codes from 128 on for signals, and throws them even where any code is expected; git's "fatal" is
 * 128. Undefined for every other error. The SDK's own class is not to be had inside a module, so its shape is what counts.
 */
export function readFatalResult(error: unknown): ToolResult | undefined {
  const { exitCode, stdout, stderr } = (error ?? {}) as Record<string, unknown>
  if (!(error instanceof Error) || typeof exitCode !== "number") return undefined
  return { exitCode, stdout: textOf(stdout), stderr: textOf(stderr) }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : ""
}
