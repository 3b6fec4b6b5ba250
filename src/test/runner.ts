import type { Project } from "./project.ts"

/**
 * How one kind of project is tested. Commands are split into words, never given to a shell, and run in the project's
 * directory, one after the other; /slipway/report comes back to the caller, /slipway/cache is kept for the next run.
 */
export type Recipe = {
  image: string
  commands: string[]
  env?: Record<string, string>
  /** The files that pin the dependencies; their content names the cache volume. */
  lockFiles?: string[]
  /** For a package manager that cannot share its cache with a second run at the same time. */
  exclusiveCache?: boolean
  /** What a developer's machine leaves beside the source and a container must not see. */
  exclude?: string[]
  /** How the last command's output is to be read; default as plain text. */
  dialect?: Dialect
}

export type Dialect = "plain" | "go-events"

/** A row of the table: whoever adds a language writes one of these. */
export type Runner = {
  name: string
  /** What is looked for, in the words of the error that says that nothing was found. */
  looksFor: string
  /** Files whose text decides about the recipe. */
  reads: string[]
  /** The recipe, or nothing if the project is not of this kind. */
  plan: (project: Project) => Recipe | undefined
}

export const CACHE_DIR = "/slipway/cache"
export const REPORT_DIR = "/slipway/report"
