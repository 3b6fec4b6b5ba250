/** One directory of the source as the runners see it: what is in it, and the text of the files that they asked for. */
export type Project = { path: string; entries: string[]; text: Record<string, string> }

/** The text of the first of these files that is there. */
export function firstText(project: Project, ...names: string[]): string | undefined {
  return names.map((name) => project.text[name]).find((text) => text !== undefined)
}

export function hasAny(project: Project, ...names: string[]): boolean {
  return names.some((name) => project.entries.includes(name))
}
