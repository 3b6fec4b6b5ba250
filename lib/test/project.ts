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
