import { SlipwayError } from "../error.ts"
import { mirrorFailures } from "./mirrors.ts"

/** What the engine throws when a program ends with another code than 0; its class is not to be had inside a module. */
type ExecFailure = { exitCode: number; stderr: string; stdout: string }

const LAST_LINES = 4

/** A scanner that did not do its work, told apart from one that found something. */
export function scannerFailed(scanner: string, cause: unknown): SlipwayError {
  return new SlipwayError("SCANNER_FAILED", {
    expected: `${scanner} to do its work`,
    got: causeText(cause),
    fix: "This says nothing about the image: it was not judged. Look at the scanner's words, then try again.",
  })
}

/** What no second try can mend: the scanner did not understand its arguments or its database. */
export function isFinal(cause: unknown): boolean {
  const failures = mirrorFailures(cause)
  if (failures) return failures.every((failure) => isFinal(failure.cause))
  return wantsJavaDatabase(cause) || (isExecFailure(cause) && FINAL.test(cause.stderr))
}

const FINAL = /old DB schema|on the first run|unknown flag|invalid argument|VEX/

/** Trivy needs its second database only for Java archives, and says so only once it meets one. */
export function wantsJavaDatabase(cause: unknown): boolean {
  return isExecFailure(cause) && /'--skip-java-db-update' cannot be specified/.test(cause.stderr)
}

function causeText(cause: unknown): string {
  const failures = mirrorFailures(cause)
  if (failures) return failures.map(({ mirror, cause }) => `from ${mirror}: ${causeText(cause)}`).join("; ")
  if (!isExecFailure(cause)) return cause instanceof Error ? cause.message : String(cause)
  const words = (cause.stderr || cause.stdout).trim().split("\n").slice(-LAST_LINES).join(" ⏎ ")
  return `exit code ${cause.exitCode}: ${words.slice(-1_000)}`
}

function isExecFailure(cause: unknown): cause is ExecFailure {
  const failure = cause as Partial<ExecFailure> | null
  return typeof failure?.exitCode === "number" && typeof failure.stderr === "string"
}
