import type { Answer } from "./answer.ts"

/**
 * The engine takes exit codes from 128 on for signals, and throws them even where any code is expected; git's "fatal" is
 * 128. Undefined for every other error. The SDK's own class is not to be had inside a module, so its shape is what counts.
 */
export function readFatalExit(error: unknown): Answer | undefined {
  const { exitCode, stdout, stderr } = (error ?? {}) as Record<string, unknown>
  if (!(error instanceof Error) || typeof exitCode !== "number") return undefined
  return { exitCode, stdout: textOf(stdout), stderr: textOf(stderr) }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : ""
}
