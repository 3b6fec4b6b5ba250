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

/** A folder of the source: what is in it, and the text of the files that runners ask for. */
export type Folder = { path: string; entries: string[]; text: Record<string, string> }

/** One directory of the source as the runners see it. */
export type Project = Folder & {
  /** The folders that it lies in, the nearest first, up to the root of the source: a workspace is declared above its members. */
  above?: Folder[]
  /** Files below it that runners look for, by their paths within it. */
  below?: string[]
}

/** The text of the first of these files that is there. */
export function firstText(project: Folder, ...names: string[]): string | undefined {
  return names.map((name) => project.text[name]).find((text) => text !== undefined)
}

/** The text of the first of these files in the project, or else in the nearest folder above it that has one. */
export function nearestText(project: Project, ...names: string[]): string | undefined {
  return foldersUp(project)
    .map((folder) => firstText(folder, ...names))
    .find((text) => text !== undefined)
}

/** The project's folder and those that it lies in, the nearest first. */
export function foldersUp(project: Project): Folder[] {
  return [project, ...(project.above ?? [])]
}

export function hasAny(project: Folder, ...names: string[]): boolean {
  return names.some((name) => project.entries.includes(name))
}
