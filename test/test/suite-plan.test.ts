import { expect, test } from "vitest"
import { planSuite } from "../../lib/test/suite-plan.ts"
import { stubDirectory } from "../stub-directory.ts"

const json = JSON.stringify
const tested = (more: object = {}) => json({ name: "@m/api", scripts: { test: "x" }, ...more })
const SIBLING = { dependencies: { "@m/shared": "workspace:*" } }
const MVN = "--batch-mode --no-transfer-progress"
const GRADLE = "--no-daemon --console=plain"
const UV_MEMBER =
  '[project]\nname = "api"\ndependencies = ["shared"]\n[tool.uv.sources]\nshared = { workspace = true }\n'
const modules = (...names: string[]) =>
  `<project><properties><java.version>17</java.version></properties><modules>${names.map((name) => `<module>${name}</module>`).join("")}</modules></project>`

type Case = { name: string; files: Record<string, string>; path?: string; plan: object }
const CASES: Case[] = [
  {
    name: "npm",
    files: {
      "package.json": json({ workspaces: ["apps/*", "packages/*"], engines: { node: "22" } }),
      "package-lock.json": "{}",
      "apps/api/package.json": tested(),
    },
    plan: { image: "node:22", path: ".", commands: ["npm ci", "npm test --workspace=apps/api"] },
  },
  {
    name: "pnpm",
    files: {
      "package.json": json({ packageManager: "pnpm@9.1.2" }),
      "pnpm-workspace.yaml": "packages:\n  - apps/**\n  - '!apps/old'\n",
      "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
      "apps/api/package.json": tested(SIBLING),
    },
    plan: {
      path: ".",
      commands: ["npm install --global pnpm@9.1.2", "pnpm install --frozen-lockfile", "pnpm --filter ./apps/api test"],
    },
  },
  {
    name: "pnpm without a lock file",
    files: {
      "package.json": "{}",
      "pnpm-workspace.yaml": "packages: [apps/*]",
      "apps/api/package.json": tested(SIBLING),
    },
    plan: { commands: ["npm install --global pnpm@10", "pnpm install", "pnpm --filter ./apps/api test"] },
  },
  {
    name: "Yarn 1",
    files: {
      "package.json": json({ workspaces: { packages: ["./apps/*/"] } }),
      "yarn.lock": "# yarn lockfile v1\n",
      "apps/api/package.json": tested(),
    },
    plan: {
      path: ".",
      commands: [
        "npm install --global --force yarn@1",
        "yarn install --frozen-lockfile --non-interactive",
        "yarn workspace @m/api run test",
      ],
    },
  },
  {
    name: "a later Yarn",
    files: {
      "package.json": json({ workspaces: ["apps/{api,web}"], packageManager: "yarn@4.5.0" }),
      "yarn.lock": "__metadata:\n  version: 8\n",
      "apps/api/package.json": tested(SIBLING),
    },
    plan: {
      path: ".",
      commands: [
        "npm install --global --force @yarnpkg/cli-dist@4.5.0",
        "yarn install --immutable",
        "yarn workspace @m/api run test",
      ],
    },
  },
  {
    name: "Bun",
    files: {
      "package.json": json({ workspaces: ["apps/*"] }),
      "bun.lock": "{}",
      "apps/api/package.json": tested(SIBLING),
    },
    plan: {
      image: "oven/bun:1",
      path: ".",
      commands: ["bun install --frozen-lockfile", "bun run --cwd=apps/api test"],
    },
  },
  {
    name: "uv, with pytest in the member's group",
    files: {
      "pyproject.toml":
        '[tool.uv.workspace]\nmembers = [\n  "apps/*", # services\n  "libs/*",\n]\nexclude = ["apps/old"]\n',
      "uv.lock": 'name = "pytest"\n',
      "apps/api/pyproject.toml": `${UV_MEMBER}[dependency-groups]\ndev = ["pytest>=8"]\n`,
      "apps/api/tests/test_api.py": "",
    },
    plan: {
      path: ".",
      commands: [
        "pip install uv",
        "uv sync --frozen --package api",
        "uv run --frozen --package api --directory apps/api pytest",
      ],
    },
  },
  {
    name: "uv, with pytest in the root's group",
    files: {
      "pyproject.toml": '[dependency-groups]\ndev = ["pytest"]\n[tool.uv]\nworkspace = { members = ["apps/*"] }\n',
      "uv.lock": 'name = "pytest"\n',
      "apps/api/pyproject.toml": UV_MEMBER,
      "apps/api/test_api.py": "",
    },
    plan: {
      commands: [
        "pip install uv",
        "uv sync --frozen --all-packages",
        "uv run --frozen --all-packages --directory apps/api pytest",
      ],
    },
  },
  {
    name: "uv without a lock file",
    files: {
      "pyproject.toml": '[tool.uv.workspace]\nmembers = ["apps/api"]\n',
      "apps/api/pyproject.toml": UV_MEMBER,
      "apps/api/test_api.py": "",
    },
    plan: {
      commands: [
        "pip install uv",
        "uv sync --package api",
        "uv run --package api --directory apps/api --with pytest pytest",
      ],
    },
  },
  {
    name: "Maven, by nested modules, with the root's wrapper and release",
    files: {
      "pom.xml": modules("libs", "apps"),
      mvnw: "",
      "apps/pom.xml": "<project><modules><module>api/pom.xml</module></modules></project>",
      "apps/api/pom.xml": "<project/>",
    },
    plan: { image: "eclipse-temurin:17", path: ".", commands: [`./mvnw ${MVN} -pl apps/api -am test`] },
  },
  {
    name: "Maven without a wrapper",
    files: { "pom.xml": modules("apps/api"), "apps/api/pom.xml": "<project/>" },
    plan: { image: "maven:3-eclipse-temurin-17", commands: [`mvn ${MVN} -pl apps/api -am test`] },
  },
  {
    name: "Maven, in its folder with the wrapper above, if the parent does not list it",
    files: { "pom.xml": modules("libs"), mvnw: "", "apps/api/pom.xml": "<project/>" },
    plan: { image: "eclipse-temurin:17", path: "apps/api", commands: [`../../mvnw ${MVN} test`] },
  },
  {
    name: "Gradle, with a Java release that its old wrapper supports",
    files: {
      "settings.gradle": "rootProject.name = 'm'\ninclude ':apps:api',\n  ':libs:shared'\n",
      gradlew: "",
      "gradle/wrapper/gradle-wrapper.properties":
        "distributionUrl=https\\://services.gradle.org/distributions/gradle-6.9.1-bin.zip\n",
      "apps/api/build.gradle": "",
    },
    plan: { image: "eclipse-temurin:11", path: ".", commands: [`./gradlew ${GRADLE} :apps:api:test`] },
  },
  {
    name: "Gradle, with a folder set by projectDir",
    files: {
      "settings.gradle.kts": 'include(":backend")\nproject(":backend").projectDir = file("apps/api")\n',
      "build.gradle.kts": "subprojects { java { toolchain { languageVersion = JavaLanguageVersion.of(17) } } }",
      "apps/api/build.gradle.kts": "",
    },
    plan: { image: "gradle:jdk17", path: ".", commands: [`gradle ${GRADLE} :backend:test`] },
  },
  {
    name: "Gradle, with computed includes",
    files: { "settings.gradle": "file('apps').eachDir { include it.name }\n", "apps/api/build.gradle": "" },
    plan: { commands: [`gradle ${GRADLE} --project-dir apps/api test`] },
  },
  {
    name: "Gradle without settings, with the wrapper above",
    files: { gradlew: "", "apps/api/build.gradle": "" },
    plan: { path: "apps/api", commands: [`../../gradlew ${GRADLE} test`] },
  },
  {
    name: "Go, in the release of the workspace above",
    files: { "go.work": "go 1.26\nuse ./apps/api\n", "apps/api/go.mod": "module a\ngo 1.21\n" },
    plan: { image: "golang:1.26", path: "apps/api" },
  },
  {
    name: "Rust, with the toolchain of the workspace above",
    files: { "Cargo.toml": "[workspace]\n", "rust-toolchain": "1.80\n", "apps/api/Cargo.toml": "[package]\n" },
    plan: { image: "rust:1.80", path: "apps/api" },
  },
  {
    name: ".NET, with the framework of its projects",
    files: {
      "apps/api/Api.sln": "",
      "apps/api/src/Api.csproj": "<TargetFramework>net8.0</TargetFramework>",
      "apps/api/test/Api.Tests.csproj": "<TargetFrameworks>net8.0;netstandard2.0</TargetFrameworks>",
    },
    plan: { image: "mcr.microsoft.com/dotnet/sdk:8.0" },
  },
  {
    name: ".NET, with the framework in Directory.Build.props",
    files: {
      "Directory.Build.props": "<TargetFramework>net9.0</TargetFramework>",
      "apps/api/Api.csproj": "<Project/>",
    },
    plan: { image: "mcr.microsoft.com/dotnet/sdk:9.0" },
  },
  {
    name: "npm in a folder outside of the workspace",
    files: {
      "package.json": json({ workspaces: ["packages/*"] }),
      "package-lock.json": "{}",
      "apps/api/package.json": tested(),
    },
    plan: { path: "apps/api", commands: ["npm install", "npm test"] },
  },
]

test.each(CASES)("plans the tests of a member: $name", async ({ files, plan }) => {
  const plans = await planSuite(stubDirectory(files), { paths: ["apps/api"] })
  expect(plans).toHaveLength(1)
  expect(plans[0]).toMatchObject(plan)
  expect(plans[0]?.name).toMatch(/^apps\/api\//)
})

test("names the cache of a member by the lock file of the workspace's root", async () => {
  const key = async (lock: string) => {
    const files = { "package.json": json({ workspaces: ["a"] }), "package-lock.json": lock, "a/package.json": tested() }
    const [plan] = await planSuite(stubDirectory(files), { paths: ["a"] })
    return plan?.kind === "image" && plan.cacheKey
  }
  expect(await key("{}")).toBe(await key("{}"))
  expect(await key("{}")).not.toBe(await key('{"a":1}'))
})

test("accepts any spelling of a folder's path", async () => {
  const source = stubDirectory({ "api/package.json": tested() })
  const [plan] = await planSuite(source, { paths: ["./api/"] })
  expect(plan).toMatchObject({ name: "api/node", path: "api" })
})

test("quotes the name of a folder with a blank", async () => {
  const files = { "package.json": json({ workspaces: ["apps/*"] }), "apps/my api/package.json": tested() }
  const [plan] = await planSuite(stubDirectory(files), { paths: ["apps/my api"] })
  expect(plan?.commands.at(-1)).toBe('npm test --workspace="apps/my api"')
})

test.each([{ path: "../secret" }, { path: "nowhere" }])("refuses $path", async ({ path }) => {
  await expect(planSuite(stubDirectory({ "a/b": "" }), { paths: [path] })).rejects.toThrow(
    `SOURCE_INVALID: expected paths of folders in the source, got "${path}". Correct test.paths (alone: --paths). The source contains a/.`,
  )
})
