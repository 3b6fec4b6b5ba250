import { randomUUID } from "node:crypto"
import { setTimeout } from "node:timers/promises"
import { type Container, ReturnType } from "@dagger.io/dagger"

/** The image of each tool. The module's constructor can replace each, for the mirror of an air-gapped site. */
export type Tools = {
  trivy: string
  /** Set if Grype scans instead of Trivy. */
  grype?: string
  cosign: string
  crane: string
  kustomize: string
  registry: string
  git?: string
  /** Set if a chart is packaged. */
  helm?: string
}

/** The path of the program in each official image; those of cosign and crane have no shell. */
export const TRIVY = "trivy"
export const GRYPE = "/grype"
export const COSIGN = "/ko-app/cosign"
export const CRANE = "/ko-app/crane"
export const KUSTOMIZE = "/app/kustomize"

/** Identifies one run of the module. As an input of an exec, it keeps the engine from serving a second push from its cache. */
export type Run = string & { readonly brand: "Run" }

export function newRun(): Run {
  return randomUUID() as Run
}

/** Goes right before an exec that changes or reads something outside the engine, so that the exec is not cached. */
export function withEffect(run: Run): (container: Container) => Container {
  return (container) => container.withEnvVariable("SLIPWAY_RUN", run)
}

/** The result of `work`, or of `late` after the time limit. Work that is late goes on until the engine's session ends. */
export async function within<T>(seconds: number, work: Promise<T>, late: () => T): Promise<T> {
  const waiting = new AbortController()
  const tooLate = setTimeout(seconds * 1000, undefined, { signal: waiting.signal, ref: false }).then(late)
  tooLate.catch(() => {}) // the work was faster
  return await Promise.race([work, tooLate]).finally(() => waiting.abort())
}

/** The result of a tool. A non-zero exit code is a value, which the caller interprets. */
export type ToolResult = { exitCode: number; stdout: string; stderr: string }

/** The limit, in seconds, for tools that would wait forever for a server that accepts the connection and stays silent. */
export const TOOL_SECONDS = 300

/** Runs an exec and reads its result. One query runs it before the others start, because three at once could run it thrice. */
export async function readToolResult(exec: Container): Promise<ToolResult> {
  const exitCode = await exec.exitCode()
  const [stdout, stderr] = await Promise.all([exec.stdout(), exec.stderr()])
  return { exitCode, stdout, stderr }
}

/** Runs a tool that queries a server; a timeout is a failed result too. */
export async function runTool(seconds: number, tool: Container, args: string[]): Promise<ToolResult> {
  const running = readToolResult(tool.withExec(args, { expect: ReturnType.Any }))
  return await within(seconds, running, () => timeoutResult(seconds))
}

/** The result of a tool that did not end in time. */
export function timeoutResult(seconds: number): ToolResult {
  return { exitCode: 1, stdout: "", stderr: `Error: ${TIMEOUT_MESSAGE} ${seconds} s` }
}

const TIMEOUT_MESSAGE = "no answer within"

/** Whether a result is that of `timeoutResult`. */
export function isTimedOut(stderr: string): boolean {
  return stderr.startsWith(`Error: ${TIMEOUT_MESSAGE}`)
}

/**
 * The engine treats exit codes of 128 and more as signals, and throws even with ReturnType.Any; git's "fatal" is 128.
 * Undefined for every other error. The SDK does not export its error class to modules, so the check is structural.
 */
export function readFatalResult(error: unknown): ToolResult | undefined {
  const { exitCode, stdout, stderr } = (error ?? {}) as Record<string, unknown>
  if (!(error instanceof Error) || typeof exitCode !== "number") return undefined
  return { exitCode, stdout: textOf(stdout), stderr: textOf(stderr) }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : ""
}
