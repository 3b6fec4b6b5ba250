import { posix } from "node:path"
import { parse } from "yaml"
import { z } from "zod"
import { MOST_ALIASES } from "../../config/file.ts"

/**
 * How to test one kind of project. Commands are split into words, without a shell, and run one after the other in the
 * project's directory. The caller gets /slipway/report, and /slipway/cache is kept for the next run.
 */
export type Recipe = {
  image: string
  commands: string[]
  env?: Record<string, string>
  /** The files that pin the dependencies. Their content is part of the cache volume's name. */
  lockFiles?: string[]
  /** Set for a package manager that cannot share its cache with a parallel run. */
  exclusiveCache?: boolean
  /** The folder for the commands, if that is the root of a workspace; default the project's folder. */
  directory?: string
  /** Local files, such as build output, that the container must not see; a leading double star matches in every folder. */
  exclude?: string[]
  /** The format of the last command's output; default plain text. */
  dialect?: Dialect
}

export type Dialect = "plain" | "go-events"

/** One entry of the table of runners: a new language needs one of these. */
export type Runner = {
  name: string
  /** The files that the runner looks for, as text for the error RUNNER_NOT_FOUND. */
  looksFor: string
  /** The files whose text determines the recipe. */
  reads: string[]
  /** Patterns of files below the folder that affect the recipe too, for a folder with these entries; default none. */
  finds?: (entries: string[]) => string[]
  /** Selects those whose text is read; default none. */
  readsFound?: RegExp
  /** Returns the recipe, or undefined if the project is not of this kind. */
  plan: (project: Project) => Recipe | undefined
}

export const CACHE_DIR = "/slipway/cache"
export const REPORT_DIR = "/slipway/report"

/** A folder of the source: its entries, and the text of the files that runners read. */
export type Folder = { path: string; entries: string[]; text: Record<string, string> }

/** One project folder of the source. */
export type Project = Folder & {
  /** Its parent folders, the nearest first, up to the root of the source: a workspace is declared above its members. */
  above?: Folder[]
  /** The paths, relative to the folder, of the files below it that runners look for. */
  below?: string[]
}

/** The text of the first of these files that exists. */
export function firstText(project: Folder, ...names: string[]): string | undefined {
  return names.map((name) => project.text[name]).find((text) => text !== undefined)
}

/** The text of the first of these files in the project, or else in the nearest parent folder that has one. */
export function nearestText(project: Project, ...names: string[]): string | undefined {
  return foldersUp(project)
    .map((folder) => firstText(folder, ...names))
    .find((text) => text !== undefined)
}

/** The project's folder and its parent folders, the nearest first. */
export function foldersUp(project: Project): Folder[] {
  return [project, ...(project.above ?? [])]
}

export function hasAny(project: Folder, ...names: string[]): boolean {
  return names.some((name) => project.entries.includes(name))
}

/** The folder that declares a project's workspace, and the project's path in it; "." for the root. */
export type Membership = { root: Folder; member: string }

/**
 * The workspace of a project: the nearest parent folder whose declaration includes it. Without its workspace, a member
 * would install its siblings from the public index, where an attacker can register their names.
 */
export function findWorkspace(project: Project, takesIn: (root: Folder, member: string) => boolean): Membership {
  for (const root of project.above ?? []) {
    const member = posix.relative(root.path, project.path)
    if (takesIn(root, member)) return { root, member }
  }
  return { root: project, member: "." }
}

/** The outermost folder of a chain in which each folder lists the next one, down to the project. */
export function findOutermost(project: Project, lists: (root: Folder, part: string) => boolean): Membership {
  let root: Folder = project
  for (const folder of project.above ?? []) if (lists(folder, posix.relative(folder.path, root.path))) root = folder
  return { root, member: posix.relative(root.path, project.path) || "." }
}

const Workspaces = z.object({
  workspaces: z.union([z.array(z.string()), z.object({ packages: z.array(z.string()) })]).optional(),
})
const PnpmWorkspace = z.object({ packages: z.array(z.string()).default([]) })

/** The workspace of npm, Yarn, Bun or pnpm. With a pnpm-workspace.yaml, pnpm ignores `workspaces` in package.json. */
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

/** The lines of a TOML table; empty if there is none. */
export function tomlTable(toml: string, name: string): string {
  const tables = toml.replace(/\r/g, "").split(/^(?=\s*\[)(?!\s*\[\s*["'{])/m)
  const header = new RegExp(`^\\s*\\[\\s*${name.replace(/\./g, "\\s*\\.\\s*")}\\s*\\][ \\t]*(?:#.*)?$`, "m")
  const found = tables.filter((table) => header.test(table.split("\n", 1)[0] ?? ""))
  return found.map((table) => table.split("\n").slice(1).join("\n")).join("\n")
}

/** The strings of a list in a TOML table; `key` is a pattern. */
export function tomlStrings(table: string, key: string): string[] {
  const [, list = ""] = table.replace(/#.*$/gm, "").match(new RegExp(`^\\s*${key}\\s*=\\s*\\[([^\\]]*)\\]`, "m")) ?? []
  return [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? "")
}

/** Whether the last matching pattern includes the folder; a pattern with "!" excludes it. */
function takesIn(patterns: string[], member: string): boolean {
  const read = patterns.map((pattern) => ({ out: pattern.startsWith("!"), path: cleanPath(pattern.replace(/^!/, "")) }))
  return read.filter(({ path }) => globMatcher(path).test(member)).at(-1)?.out === false
}

function cleanPath(path: string): string {
  return posix.normalize(path).replace(/^\.?\/+|\/+$/g, "") || "."
}

/** Compiles a glob: `*` within a folder, `**` across folders, `?` and `{a,b}`. */
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

/** An invalid file declares nothing: the package manager will report the problem during the tests. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
