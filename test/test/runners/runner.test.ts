import { describe, expect, test } from "vitest"
import {
  findNodeWorkspace,
  findUvWorkspace,
  firstText,
  globMatcher,
  hasAny,
  tomlStrings,
  tomlTable,
} from "../../../lib/test/runners/runner.ts"
import { type Files, projectOf } from "../project-of.ts"

describe("runner", () => {
  const project = { path: ".", entries: ["a", "b"], text: { b: "", c: "text" } }

  test("returns the text of the first file that exists, even if it is empty", () => {
    expect(firstText(project, "a", "b", "c")).toBe("")
    expect(firstText(project, "x")).toBeUndefined()
  })

  test("finds a file in the entries of its folder", () => {
    expect(hasAny(project, "x", "b")).toBe(true)
    expect(hasAny(project, "c")).toBe(false)
  })
})

describe("workspace", () => {
  test.each([
    { pattern: "apps/*", path: "apps/api", matches: true },
    { pattern: "apps/*", path: "apps/api/lib", matches: false },
    { pattern: "apps/**", path: "apps/api/lib", matches: true },
    { pattern: "apps/**", path: "apps", matches: true },
    { pattern: "**/api", path: "api", matches: true },
    { pattern: "**", path: "a/b/c", matches: true },
    { pattern: "{apps,libs}/*", path: "libs/a", matches: true },
    { pattern: "a?c", path: "abc", matches: true },
    { pattern: "a.c", path: "abc", matches: false },
    { pattern: "test_*.py", path: "test_a.py", matches: true },
  ])("$pattern matches $path: $matches", ({ pattern, path, matches }) => {
    expect(globMatcher(pattern).test(path)).toBe(matches)
  })

  const member = (files: Files, path: string) => ({ ...projectOf({}, path), above: [projectOf(files)] })
  const npm = (...workspaces: string[]) => ({ "package.json": JSON.stringify({ workspaces }) })

  test.each([
    { name: "a pattern", files: npm("apps/*"), belongs: true },
    { name: "a path in any spelling", files: npm("./apps/api/"), belongs: true },
    { name: "an excluded path", files: npm("apps/*", "!apps/api"), belongs: false },
    {
      name: "an excluded path that is included again",
      files: npm("apps/*", "!apps/*", "apps/api"),
      belongs: true,
    },
    { name: "a pattern of another folder", files: npm("packages/*"), belongs: false },
    { name: "no workspaces", files: { "package.json": "{}" }, belongs: false },
    {
      name: "a pattern of pnpm, whose file has hundreds of aliases",
      files: {
        "package.json": "{}",
        "pnpm-workspace.yaml": `packages: [apps/*]\nv: &v 1.0.0\ncatalog:\n${Array.from({ length: 150 }, (_, i) => `  p${i}: *v\n`).join("")}`,
      },
      belongs: true,
    },
    {
      name: "pnpm's file, which wins over package.json",
      files: { ...npm("apps/*"), "pnpm-workspace.yaml": "packages: [libs/*]" },
      belongs: false,
    },
    { name: "an invalid file", files: { "package.json": "{" }, belongs: false },
  ])("by $name, apps/api belongs to the workspace above: $belongs", ({ files, belongs }) => {
    expect(findNodeWorkspace(member(files, "apps/api")).member).toBe(belongs ? "apps/api" : ".")
  })

  test.each([
    { name: "a table", toml: '[tool.uv.workspace]\nmembers = ["apps/*"]\n', belongs: true },
    { name: "a table in one line", toml: '[tool.uv]\nworkspace = { members = ["apps/*"] }\n', belongs: true },
    { name: "a key with a dot", toml: '[tool.uv]\nworkspace.members = ["apps/*"]\n', belongs: true },
    {
      name: "an exclusion",
      toml: '[tool.uv.workspace]\nmembers = ["apps/*"]\nexclude = ["apps/api"]\n',
      belongs: false,
    },
    { name: "a comment", toml: '[tool.uv.workspace]\nmembers = [\n  # "apps/*",\n  "libs/*",\n]\n', belongs: false },
    { name: "a table of another tool", toml: '[tool.other.workspace]\nmembers = ["apps/*"]\n', belongs: false },
  ])("by $name, apps/api belongs to uv's workspace above: $belongs", ({ toml, belongs }) => {
    expect(findUvWorkspace(member({ "pyproject.toml": toml }, "apps/api")).member).toBe(belongs ? "apps/api" : ".")
  })

  test("reads a TOML table up to the next one, with lists over several lines", () => {
    const toml =
      '[a]\nx = 1\n[ tool.b ] # own\r\nlist = [\r\n  "one", # first\r\n  \'two\',\r\n]\r\n[tool.b.c]\nlist = ["no"]\n'
    expect(tomlStrings(tomlTable(toml, "tool.b"), "list")).toEqual(["one", "two"])
    expect(tomlTable(toml, "tool.x")).toBe("")
  })
})
