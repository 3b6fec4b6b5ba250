import type { Directory } from "@dagger.io/dagger"

/** One run of the project's own tests, passed or failed. A field costs no further call. */
export type TestRun = {
  /** Whether every runner passed */
  ok: boolean
  /** A line for each runner, and the end of its output */
  text: string
  /** outcome.json, services/NAME.log, and for each runner a folder with output.log, JUnit, TRX and coverage */
  reports: Directory
  /** The caches for the next call, for --cache; those that were passed if this call wrote none, and empty without any */
  cache: Directory
  /** Both as one directory, with reports/ and cache/ */
  files: Directory
}
