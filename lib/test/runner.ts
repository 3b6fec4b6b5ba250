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
  /** The folder of the source in which the commands run, where that is the root of a workspace; default the project's own. */
  directory?: string
  /** What a developer's machine leaves beside the source and a container must not see; within any folder with a leading double star. */
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
  /** Patterns of files further down that decide as well, for a folder with these entries; default none. */
  finds?: (entries: string[]) => string[]
  /** Which of those are read; default none. */
  readsFound?: RegExp
  /** The recipe, or nothing if the project is not of this kind. */
  plan: (project: Project) => Recipe | undefined
}

export const CACHE_DIR = "/slipway/cache"
export const REPORT_DIR = "/slipway/report"
