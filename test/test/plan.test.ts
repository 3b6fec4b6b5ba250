import { describe, expect, test } from "vitest"
import { type PlanOptions, planTests } from "../../lib/test/plan.ts"
import { type Files, projectOf } from "./project-of.ts"

const GO = { "go.mod": "module a\ngo 1.26\n", "go.sum": "h1\n" }
const NODE = { "package.json": '{"scripts":{"test":"x"}}', "package-lock.json": "{}" }
const TEST_STAGE = { Dockerfile: "FROM golang:1.26 AS test\nRUN go test ./...\n" }
const TEST_COMMAND = { Dockerfile: 'FROM golang:1.26 AS test\nCMD ["go", "test"]\n' }

const plan = (files: Files, options: PlanOptions = {}) => planTests([projectOf(files)], options)

test.each([
  { name: "one kind of project", files: GO, names: ["go"] },
  { name: "two kinds in one folder", files: { ...NODE, ...GO }, names: ["go", "node"] },
  { name: "a project and a test stage", files: { ...GO, ...TEST_STAGE }, names: ["go", "dockerfile"] },
  { name: "a test stage only", files: TEST_STAGE, names: ["dockerfile"] },
])("plans for $name", ({ files, names }) => {
  expect(plan(files).map(({ name }) => name)).toEqual(names)
})

const POM = { "pom.xml": "<project/>" }
const GRADLE = { "build.gradle": "" }

test.each([
  { name: "Maven", files: { ...POM, ...GRADLE }, names: ["maven"] },
  {
    name: "Maven, if both have a wrapper",
    files: { ...POM, ...GRADLE, mvnw: "", gradlew: "" },
    names: ["maven"],
  },
  { name: "Gradle, if only Gradle has a wrapper", files: { ...POM, ...GRADLE, gradlew: "" }, names: ["gradle"] },
])("runs the tests of a project with two Java builds once, with $name", ({ files, names }) => {
  expect(plan(files).map(({ name }) => name)).toEqual(names)
})

test("runs the other of two Java builds if the caller selects it", () => {
  expect(plan({ ...POM, ...GRADLE }, { runners: ["gradle"] }).map(({ name }) => name)).toEqual(["gradle"])
})

test("excludes build output from the project's folder, and patterns with ** from all folders", () => {
  const excluded = (files: Files) =>
    planTests([projectOf(files, "api")], {}).map((one) => "exclude" in one && one.exclude)
  expect(excluded({ "Cargo.toml": "" })).toEqual([["api/target"]])
  expect(excluded(NODE)).toEqual([["**/node_modules"]])
})

test("plans each path as a separate project", () => {
  const plans = planTests([projectOf(GO, "api"), projectOf({ ...NODE, ...GO }, "web/app")], {})
  expect(plans.map(({ name, path }) => ({ name, path }))).toEqual([
    { name: "api/go", path: "api" },
    { name: "web/app/go", path: "web/app" },
    { name: "web/app/node", path: "web/app" },
  ])
})

test.each([
  { name: "no stage", text: "FROM golang:1.26\nRUN go test ./...\n" },
  { name: "a comment", text: "# FROM a AS test\nFROM b\n" },
  { name: "a heredoc", text: "FROM a\nCOPY <<file.txt /x\nFROM b AS test\nfile.txt\n" },
])("finds no test stage in $name", ({ text }) => {
  expect(plan({ ...GO, Dockerfile: text }).map(({ name }) => name)).toEqual(["go"])
})

test.each([
  {
    name: "that runs the tests in RUN",
    text: 'FROM golang:1.26 AS build\nRUN go build\nfrom build as Test\nRUN go test ./...\nFROM scratch\nCMD ["/app"]\n',
    runsOnStart: false,
  },
  {
    name: "that runs the tests in CMD",
    text: 'FROM --platform=$BUILDPLATFORM node:24 AS test\n  CMD ["npm", "test"]\n',
    runsOnStart: true,
  },
  { name: "on a continued line", text: "FROM golang:1.26 \\\n  AS test\nRUN go test ./...\n", runsOnStart: false },
  { name: "whose heredoc has a CMD", text: "FROM a AS test\nRUN <<EOF\nCMD echo hi\nEOF\n", runsOnStart: false },
  { name: "whose continued RUN contains CMD", text: "FROM a AS test\nRUN x \\\n  CMD y\n", runsOnStart: false },
  { name: "with an entry point", text: "FROM a AS test\nEntrypoint x\n", runsOnStart: true },
  { name: "with a CMD only in ONBUILD", text: "FROM a AS test\nONBUILD CMD x\n", runsOnStart: false },
])("finds a test stage $name", ({ text, runsOnStart }) => {
  expect(plan({ Dockerfile: text })).toMatchObject([{ name: "dockerfile", target: "test", runsOnStart }])
})

describe("options of the caller win:", () => {
  test.each([
    {
      name: "image and commands over any recipe",
      files: { ...GO, ...NODE },
      options: { image: "alpine:3", commands: ["make test"] },
      plans: [{ name: "custom", image: "alpine:3", commands: ["make test"] }],
    },
    {
      name: "an image, with the recipe's commands",
      files: GO,
      options: { image: "golang:1.27-alpine" },
      plans: [{ name: "go", image: "golang:1.27-alpine", commands: ["go vet ./...", expect.anything()] }],
    },
    {
      name: "commands, in the recipe's image",
      files: GO,
      options: { commands: ["go test -race ./..."] },
      plans: [{ name: "go", image: "golang:1.26", commands: ["go test -race ./..."], dialect: "plain" }],
    },
    {
      name: "a target, without the recognised runners",
      files: { ...GO, Dockerfile: "FROM a AS Check\n" },
      options: { target: "check" },
      plans: [{ name: "dockerfile", target: "check", dockerfile: "Dockerfile", runsOnStart: false }],
    },
    {
      name: "a Dockerfile at another path",
      files: { "ci/test.Dockerfile": "FROM a AS test\n" },
      options: { dockerfile: "ci/test.Dockerfile" },
      plans: [{ name: "dockerfile", target: "test", dockerfile: "ci/test.Dockerfile" }],
    },
    {
      name: "commands in a stage",
      files: TEST_STAGE,
      options: { target: "test", commands: ["go test -short ./..."] },
      plans: [{ name: "dockerfile", commands: ["go test -short ./..."] }],
    },
    { name: "one runner of two", files: { ...GO, ...NODE }, options: { runners: ["node"] }, plans: [{ name: "node" }] },
  ])("$name", ({ files, options, plans }) => {
    const planned = plan(files, options)
    expect(planned).toMatchObject(plans)
    expect(planned).toHaveLength(plans.length)
  })
})

test("names the cache by ecosystem and locked dependencies", () => {
  const key = (files: Files) => plan(files).map((one) => (one.kind === "image" ? one.cacheKey : ""))
  expect(key({ ...GO, "go.sum": "h2\n" })).not.toEqual(key(GO))
  expect(key({ ...GO, "main.go": "changed" })).toEqual(key(GO))
  expect(key({ ...GO, ...NODE })[0]).toMatch(/^slipway-test-go-[0-9a-f]{16}$/)
})

test.each([
  {
    name: "a project that is not recognised",
    files: { "main.zig": "" },
    options: {},
    error:
      /^RUNNER_NOT_FOUND: .*go\.mod or go\.work; package\.json with a "test" script; .*pom\.xml.*stage named "test", got "\." with main\.zig\. Set test\.image and test\.commands/,
  },
  {
    name: "an empty source",
    files: {},
    options: {},
    error: /^RUNNER_NOT_FOUND: .*got "\." with nothing in it/,
  },
  {
    name: "an unknown stage",
    files: { ...GO, ...TEST_STAGE },
    options: { target: "tests" },
    error: /^RUNNER_NOT_FOUND: expected Dockerfile with a stage named "tests"/,
  },
  {
    name: "a runner that was not recognised",
    files: GO,
    options: { runners: ["node"] },
    error: /^RUNNER_NOT_FOUND: .*with only node selected/,
  },
  {
    name: "a runner that does not exist",
    files: GO,
    options: { runners: ["golang"] },
    error:
      /^OPTIONS_INVALID: expected one of the runners go, node, bun, python, rust, maven, gradle, dotnet, dockerfile, got "golang"/,
  },
  {
    name: "one image for two runners",
    files: { ...GO, ...NODE },
    options: { image: "a" },
    error: /^OPTIONS_INVALID: expected one runner for the given image, got 2 \(go, node\)/,
  },
  {
    name: "a command that needs a shell",
    files: GO,
    options: { commands: ["go vet && go test"] },
    error: /^OPTIONS_INVALID: expected a command of plain words/,
  },
  {
    name: "an empty command",
    files: GO,
    options: { commands: ["  "] },
    error: /^OPTIONS_INVALID: expected a command with at least one word/,
  },
  {
    name: "services for a stage that runs the tests in RUN",
    files: TEST_STAGE,
    options: { services: ["db=postgres:17"] },
    error: /^OPTIONS_INVALID: .* Move the tests from RUN to CMD/,
  },
])("refuses $name", ({ files, options, error }) => {
  expect(() => plan(files, options)).toThrow(error)
})

test("accepts services for a stage that runs the tests in CMD", () => {
  expect(plan(TEST_COMMAND, { services: ["db=postgres:17"] })).toHaveLength(1)
})
