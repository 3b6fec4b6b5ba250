import type { Project } from "../../src/test/project.ts"

/** A project of these files; those whose text does not matter have none. */
export function projectOf(text: Record<string, string>, path: string = "."): Project {
  return { path, entries: Object.keys(text), text }
}
