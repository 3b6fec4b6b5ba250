/** How a command ended: its exit code, and all that it wrote to stderr. */
export type Ending = { code: number | null; stderr: string }

/** How long the CLI waits for the engine to close a session: a busy machine may not be done in the usual ten seconds. */
export const FAREWELL_ENV = { _EXPERIMENTAL_DAGGER_SHUTDOWN_TIMEOUT: "60s" }

const FAREWELL =
  /^Error: cleanup failed: "close dagger session": shutdown: do shutdown: Post "http:\/\/dagger\/shutdown": context deadline exceeded\s*$/

/**
 * Whether a command failed in nothing but in taking leave of the engine, after its work was done. The CLI joins all errors
 * after one `Error: `, the command's own first, and prints none for an exit code of its own, so the farewell alone proves it:
 * https://github.com/dagger/dagger/blob/v0.21.8/dagql/idtui/frontend_plain.go
 */
export function isLateFarewell({ code, stderr }: Ending): boolean {
  return code === 1 && FAREWELL.test(lastError(stderr))
}

/** From the last `Error: ` at the beginning of a line to the end. Without one it is everything. */
export function lastError(stderr: string): string {
  return stderr.slice(Math.max(0, `\n${stderr}`.lastIndexOf("\nError: "))).trim()
}
