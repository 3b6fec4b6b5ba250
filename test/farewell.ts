/** A command's exit code and its stderr. */
export type Ending = { code: number | null; stderr: string }

/** The CLI's time limit for closing a session: on a busy machine, the default of ten seconds may be too short. */
export const FAREWELL_ENV = { _EXPERIMENTAL_DAGGER_SHUTDOWN_TIMEOUT: "60s" }

const FAREWELL =
  /^Error: cleanup failed: "close dagger session": shutdown: do shutdown: Post "http:\/\/dagger\/shutdown": context deadline exceeded\s*$/

/**
 * Whether a command failed only to close its session, after its work was done. The CLI joins all errors after one
 * `Error: `, the command's error first, so a single error about the session proves it:
 * https://github.com/dagger/dagger/blob/v0.21.8/dagql/idtui/frontend_plain.go
 */
export function isLateFarewell({ code, stderr }: Ending): boolean {
  return code === 1 && FAREWELL.test(lastError(stderr))
}

/** The text from the last line that begins with `Error: `, or all of it. */
export function lastError(stderr: string): string {
  return stderr.slice(Math.max(0, `\n${stderr}`.lastIndexOf("\nError: "))).trim()
}
