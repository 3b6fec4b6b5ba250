import { fileURLToPath } from "node:url"
import { type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { requirePassed, type Tested } from "../../src/test/outcome.ts"
import { runTests } from "../../src/test/suite.ts"
import { useEngine } from "./session.ts"

useEngine()

const PROJECTS = fileURLToPath(new URL("../fixtures/projects", import.meta.url))
// Node brings certificates of its own; behind a proxy that signs for others, the system's are the right ones.
const SYSTEM_CERTIFICATES = "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
const project = (name: string): Directory => dag.host().directory(`${PROJECTS}/${name}`)

describe("a Go project beside a Node project", () => {
  let tested: Tested
  beforeAll(async () => {
    const source = dag.directory().withDirectory("api", project("go")).withDirectory("web", project("node"))
    tested = await runTests(source, { paths: ["api", "web"], variables: [SYSTEM_CERTIFICATES] })
  })

  test("passes with its real dependencies, each in its own image", () => {
    expect(tested.runners.map(({ name, image, status, counts }) => ({ name, image, status, counts }))).toEqual([
      { name: "api/go", image: "golang:1.21", status: "passed", counts: { passed: 1, failed: 0, skipped: 1 } },
      { name: "web/node", image: "node:24", status: "passed", counts: { passed: 1, failed: 0, skipped: 0 } },
    ])
    expect(requirePassed(tested)).toBe(tested)
  })

  test("leaves coverage, JUnit, the output and one outcome in the report", async () => {
    expect((await tested.report.glob("**/*.*")).sort()).toEqual([
      "api/go/coverage.out",
      "api/go/junit.xml",
      "api/go/output.log",
      "outcome.json",
      "web/node/junit.xml",
      "web/node/output.log",
    ])
    expect(await tested.report.file("api/go/coverage.out").contents()).toContain("example.com/greet/greet.go")
    expect(await tested.report.file("api/go/output.log").contents()).toContain("ok  \texample.com/greet")
  })
})

describe("tests that fail", () => {
  const broken = () =>
    project("go").withNewFile("greet.go", 'package greet\n\nfunc Greeting(name string) string { return "Bye" }\n')

  test("end in an error with the tests' own words, and still in a report", async () => {
    const tested = await runTests(broken(), {})
    expect(() => requirePassed(tested)).toThrow(
      /^TESTS_FAILED: .*got go: "go test .*" ended with 1\..*"Hello, Ada!".*--- FAIL: TestGreeting/s,
    )
    expect(JSON.parse(await tested.report.file("outcome.json").contents())).toMatchObject({
      status: "failed",
      runners: [{ name: "go", counts: { passed: 0, failed: 1, skipped: 1 }, failure: { exitCode: 1 } }],
    })
  })
})

test("a Python project installs what its pyproject.toml asks for, and pytest", async () => {
  const { runners } = await runTests(project("python"), {})
  expect(runners.map(({ name, image, status, counts }) => ({ name, image, status, counts }))).toEqual([
    { name: "python", image: "python:3.11", status: "passed", counts: { passed: 1, failed: 0, skipped: 0 } },
  ])
})

test("pnpm and both kinds of Yarn install what their lock files say, side by side", async () => {
  const withLock = (name: string) =>
    project("node")
      .withoutFile("package-lock.json")
      .withDirectory(".", project(`node-locks/${name}`))
  const managers = ["pnpm", "yarn-classic", "yarn"]
  const source = managers.reduce((all, name) => all.withDirectory(name, withLock(name)), dag.directory())
  const tested = await runTests(source, { paths: managers, variables: [SYSTEM_CERTIFICATES] })
  expect(
    tested.runners.map(({ name, commands, failure, counts }) => [name, commands.at(-1), failure, counts?.passed]),
  ).toEqual([
    ["pnpm/node", "pnpm test", undefined, 1],
    ["yarn-classic/node", "yarn test", undefined, 1],
    ["yarn/node", "yarn test", undefined, 1],
  ])
})
