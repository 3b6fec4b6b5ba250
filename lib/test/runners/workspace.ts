import { posix } from "node:path"
import { parse } from "yaml"
import { z } from "zod"
import { MOST_ALIASES } from "../../config/file.ts"
import type { Folder, Project } from "./runner.ts"

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
