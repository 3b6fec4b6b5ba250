/** The closed set of failures. Code and tests match on the code, people read the message. */
export type ErrorCode =
  | "OPTIONS_INVALID"
  | "SETTINGS_INVALID"
  | "REFERENCE_INVALID"
  | "ADDRESS_INVALID"
  | "PLATFORM_INVALID"
  | "LAYOUT_INVALID"
  | "SOURCE_INVALID"
  | "RUNNER_NOT_FOUND"
  | "TESTS_FAILED"
  | "SERVICE_FAILED"
  | "DOCKERFILE_NOT_FOUND"
  | "DOCKERFILE_INVALID"
  | "PLATFORM_MISSING"
  | "BUILD_TIMEOUT"
  | "PROVENANCE_INVALID"
  | "REPORT_INVALID"
  | "SCANNER_FAILED"
  | "DATABASE_OUTDATED"
  | "EXCEPTIONS_INVALID"
  | "GATE_FAILED"
  | "SMOKE_FAILED"
  | "SMOKE_UNAVAILABLE"
  | "LOGIN_REFUSED"
  | "REGISTRY_FAILED"
  | "REPLICA_FAILED"
  | "TAG_INVALID"
  | "TAG_CONFLICT"
  | "CHART_INVALID"
  | "KEY_INVALID"
  | "SIGNING_FAILED"
  | "VERIFICATION_FAILED"
  | "OVERLAY_INVALID"
  | "EDIT_INVALID"
  | "CHECK_FAILED"
  | "CHECKER_FAILED"
  | "IMAGE_NOT_FOUND"
  | "GIT_FAILED"
  | "PUSH_REFUSED"
  | "FORGE_REFUSED"
  | "PREVIEW_REFUSED"
  | "ROLLBACK_IMPOSSIBLE"
  | "NOTIFY_FAILED"
  | "SYNC_FAILED"
  | "SYNC_TIMEOUT"

/** The parts of every message. `got` is shown to the caller: never a secret, never a whole file. */
export type Problem = { expected: string; got: string; fix: string }

/** The message includes the code, because only the message crosses to the caller of a Dagger module. */
export class SlipwayError extends Error {
  override readonly name = "SlipwayError"
  readonly code: ErrorCode

  constructor(code: ErrorCode, { expected, got, fix }: Problem) {
    super(`${code}: expected ${expected}, got ${clause(got)}. ${fix}`)
    this.code = code
  }
}

/** The message of a thrown value, which need not be an Error. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Removes the full stop of a foreign message, so that it fits into a sentence. */
export function clause(text: string): string {
  return text.replace(/(?<=[^.\s])\.$/, "")
}

/** Quotes and shortens a value of the caller, for a message's `got`. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value)
}
