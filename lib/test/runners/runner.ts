import { posix } from "node:path"
import { parse } from "yaml"
import { z } from "zod"
import { MOST_ALIASES } from "../../config/file.ts"

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

/** The folder in which a project's workspace is declared, and the project's place in it; "." for the root itself. */
export type Membership = { root: Folder; member: string }

/**
 * The workspace that a project belongs to: the nearest folder above whose declaration takes it in. A member that is tested
 * without it would have its siblings looked up on the public index, where anybody can register their names.
 */
export function findWorkspace(project: Project, takesIn: (root: Folder, member: string) => boolean): Membership {
  for (const root of project.above ?? []) {
    const member = posix.relative(root.path, project.path)
    if (takesIn(root, member)) return { root, member }
  }
  return { root: project, member: "." }
}

/** The outermost folder that leads to the project step by step, as parts of parts are listed. */
export function findOutermost(project: Project, lists: (root: Folder, part: string) => boolean): Membership {
  let root: Folder = project
  for (const folder of project.above ?? []) if (lists(folder, posix.relative(folder.path, root.path))) root = folder
  return { root, member: posix.relative(root.path, project.path) || "." }
}

const Workspaces = z.object({
  workspaces: z.union([z.array(z.string()), z.object({ packages: z.array(z.string()) })]).optional(),
})
const PnpmWorkspace = z.object({ packages: z.array(z.string()).default([]) })

/** The workspace of npm, Yarn, Bun or pnpm. A pnpm-workspace.yaml is pnpm's only word: it reads no `workspaces`. */
export function findNodeWorkspace(project: Project): Membership {
  return findWorkspace(project, (root, member) => takesIn(nodePatterns(root), member))
}

function nodePatterns({ text }: Folder): string[] {
  const pnpm = text["pnpm-workspace.yaml"]
  if (pnpm !== undefined)
    return readOr([], () => PnpmWorkspace.parse(parse(pnpm, { maxAliasCount: MOST_ALIASES })).packages)
  const { workspaces = [] } = readOr({}, (): z.infer<typeof Workspaces> => {
    return Workspaces.parse(JSON.parse(text["package.json"] ?? "{}"))
  })
  return Array.isArray(workspaces) ? workspaces : workspaces.packages
}

/** https://docs.astral.sh/uv/concepts/projects/workspaces/ */
export function findUvWorkspace(project: Project): Membership {
  return findWorkspace(project, ({ text }, member) => {
    const { members, exclude } = uvPatterns(text["pyproject.toml"] ?? "")
    return takesIn(members, member) && !takesIn(exclude, member)
  })
}

function uvPatterns(pyproject: string): { members: string[]; exclude: string[] } {
  const own = tomlTable(pyproject, "tool.uv.workspace")
  const inline = tomlTable(pyproject, "tool.uv")
  return {
    members: [
      ...tomlStrings(own, "members"),
      ...tomlStrings(inline, "(?:workspace\\s*=\\s*\\{[^}]*|workspace\\.)members"),
    ],
    exclude: [
      ...tomlStrings(own, "exclude"),
      ...tomlStrings(inline, "(?:workspace\\s*=\\s*\\{[^}]*|workspace\\.)exclude"),
    ],
  }
}

/** The lines of a table of TOML, without its comments; empty where there is none. */
export function tomlTable(toml: string, name: string): string {
  const tables = toml.replace(/\r/g, "").split(/^(?=\s*\[)(?!\s*\[\s*["'{])/m)
  const header = new RegExp(`^\\s*\\[\\s*${name.replace(/\./g, "\\s*\\.\\s*")}\\s*\\][ \\t]*(?:#.*)?$`, "m")
  const found = tables.filter((table) => header.test(table.split("\n", 1)[0] ?? ""))
  return found.map((table) => table.split("\n").slice(1).join("\n")).join("\n")
}

/** The strings of a list in a table; `key` is a pattern. */
export function tomlStrings(table: string, key: string): string[] {
  const [, list = ""] = table.replace(/#.*$/gm, "").match(new RegExp(`^\\s*${key}\\s*=\\s*\\[([^\\]]*)\\]`, "m")) ?? []
  return [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? "")
}

/** Whether the last word of such a list is for the folder; one with "!" in front takes it out again. */
function takesIn(patterns: string[], member: string): boolean {
  const read = patterns.map((pattern) => ({ out: pattern.startsWith("!"), path: cleanPath(pattern.replace(/^!/, "")) }))
  return read.filter(({ path }) => globMatcher(path).test(member)).at(-1)?.out === false
}

function cleanPath(path: string): string {
  return posix.normalize(path).replace(/^\.?\/+|\/+$/g, "") || "."
}

/** A pattern of paths: `*` within a folder, `**` over any number of them, `?` and `{a,b}`. */
export function globMatcher(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\/\*\*$|\*\*|[*?{},]|[\\^$+.()|[\]]/g, (part) => {
    switch (part) {
      case "**/":
        return "(?:[^/]+/)*"
      case "/**":
        return "(?:/[^/]+)*"
      case "**":
        return ".*"
      case "*":
        return "[^/]*"
      case "?":
        return "[^/]"
      case "{":
        return "(?:"
      case "}":
        return ")"
      case ",":
        return "|"
      default:
        return `\\${part}`
    }
  })
  return new RegExp(`^${source}$`)
}

/** A file that cannot be read declares nothing: what reads it for the tests will say what is wrong with it. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
