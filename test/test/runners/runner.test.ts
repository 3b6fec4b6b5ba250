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

  test("the first file that is there counts, even an empty one", () => {
    expect(firstText(project, "a", "b", "c")).toBe("")
    expect(firstText(project, "x")).toBeUndefined()
  })

  test("a file is there when the directory lists it", () => {
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
  ])("$pattern and $path: $matches", ({ pattern, path, matches }) => {
    expect(globMatcher(pattern).test(path)).toBe(matches)
  })

  const member = (files: Files, path: string) => ({ ...projectOf({}, path), above: [projectOf(files)] })
  const npm = (...workspaces: string[]) => ({ "package.json": JSON.stringify({ workspaces }) })

  test.each([
    { name: "a pattern", files: npm("apps/*"), belongs: true },
    { name: "a path, however it is written", files: npm("./apps/api/"), belongs: true },
    { name: "a pattern that is taken back", files: npm("apps/*", "!apps/api"), belongs: false },
    {
      name: "a pattern that is taken back and given again",
      files: npm("apps/*", "!apps/*", "apps/api"),
      belongs: true,
    },
    { name: "another folder's", files: npm("packages/*"), belongs: false },
    { name: "no workspaces at all", files: { "package.json": "{}" }, belongs: false },
    {
      name: "a pattern of pnpm, whose file has hundreds of aliases",
      files: {
        "package.json": "{}",
        "pnpm-workspace.yaml": `packages: [apps/*]\nv: &v 1.0.0\ncatalog:\n${Array.from({ length: 150 }, (_, i) => `  p${i}: *v\n`).join("")}`,
      },
      belongs: true,
    },
    {
      name: "pnpm's file alone, where there is one",
      files: { ...npm("apps/*"), "pnpm-workspace.yaml": "packages: [libs/*]" },
      belongs: false,
    },
    { name: "a file that cannot be read", files: { "package.json": "{" }, belongs: false },
  ])("tells by $name whether apps/api belongs to the workspace above", ({ files, belongs }) => {
    expect(findNodeWorkspace(member(files, "apps/api")).member).toBe(belongs ? "apps/api" : ".")
  })

  test.each([
    { name: "a table", toml: '[tool.uv.workspace]\nmembers = ["apps/*"]\n', belongs: true },
    { name: "a table in one line", toml: '[tool.uv]\nworkspace = { members = ["apps/*"] }\n', belongs: true },
    { name: "a key with a dot", toml: '[tool.uv]\nworkspace.members = ["apps/*"]\n', belongs: true },
    {
      name: "what is excluded",
      toml: '[tool.uv.workspace]\nmembers = ["apps/*"]\nexclude = ["apps/api"]\n',
      belongs: false,
    },
    { name: "a comment", toml: '[tool.uv.workspace]\nmembers = [\n  # "apps/*",\n  "libs/*",\n]\n', belongs: false },
    { name: "another tool's", toml: '[tool.other.workspace]\nmembers = ["apps/*"]\n', belongs: false },
  ])("tells by $name whether apps/api belongs to uv's workspace above", ({ toml, belongs }) => {
    expect(findUvWorkspace(member({ "pyproject.toml": toml }, "apps/api")).member).toBe(belongs ? "apps/api" : ".")
  })

  test("reads a table of TOML to the next one, with lists over several lines", () => {
    const toml =
      '[a]\nx = 1\n[ tool.b ] # own\r\nlist = [\r\n  "one", # first\r\n  \'two\',\r\n]\r\n[tool.b.c]\nlist = ["no"]\n'
    expect(tomlStrings(tomlTable(toml, "tool.b"), "list")).toEqual(["one", "two"])
    expect(tomlTable(toml, "tool.x")).toBe("")
  })
})
