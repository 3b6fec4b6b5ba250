import { fileURLToPath } from "node:url"
import { type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { requirePassed, type TestResults } from "../../lib/test/outcome.ts"
import { runTests } from "../../lib/test/suite.ts"
import { useEngine } from "./session.ts"

useEngine()

const PROJECTS = fileURLToPath(new URL("../fixtures/projects", import.meta.url))
// Node, Poetry and uv include certificates; behind a proxy that intercepts TLS, they need those of the system.
const SYSTEM_CERTIFICATES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"].map(
  (name) => `${name}=/etc/ssl/certs/ca-certificates.crt`,
)
const project = (name: string): Directory => dag.host().directory(`${PROJECTS}/${name}`)
const locked = (name: string, lock: string): Directory =>
  project(name)
    .withoutFile("package-lock.json")
    .withDirectory(".", project(`${name}-locks/${lock}`))

describe("small projects, each with a real dependency, tested in parallel", () => {
  const projects = {
    go: () => project("go"),
    npm: () => project("node"),
    pnpm: () => locked("node", "pnpm"),
    "yarn-classic": () => locked("node", "yarn-classic"),
    yarn: () => locked("node", "yarn"),
    pip: () => project("python"),
    uv: () => locked("python", "uv"),
    poetry: () => locked("python", "poetry"),
    cargo: () => project("rust"),
    mvn: () => project("maven"),
  }
  let tested: TestResults
  beforeAll(async () => {
    const source = Object.entries(projects).reduce((all, [path, of]) => all.withDirectory(path, of()), dag.directory())
    tested = await runTests(source, { paths: Object.keys(projects), variables: SYSTEM_CERTIFICATES })
  })

  test.each([
    { name: "go/go", image: "golang:1.21", last: /^go test /, counts: { passed: 1, failed: 0, skipped: 1 } },
    { name: "npm/node", image: "node:24", last: /^npm test$/ },
    { name: "pnpm/node", image: "node:24", last: /^pnpm test$/ },
    { name: "yarn-classic/node", image: "node:24", last: /^yarn test$/ },
    { name: "yarn/node", image: "node:24", last: /^yarn test$/ },
    { name: "pip/python", image: "python:3.11", last: /^python -m pytest$/ },
    { name: "uv/python", image: "python:3.11", last: /^uv run --frozen pytest$/ },
    { name: "poetry/python", image: "python:3.11", last: /^poetry run pytest$/ },
    { name: "mvn/maven", image: "maven:3-eclipse-temurin-17", last: /^mvn .* test$/ },
  ])("$name passes in $image", ({ name, image, last, counts = { passed: 1, failed: 0, skipped: 0 } }) => {
    const runner = tested.runners.find((one) => one.name === name)
    expect(runner).toMatchObject({ image, status: "passed", counts })
    expect(runner?.commands.at(-1)).toMatch(last)
  })

  test("cargo/rust passes in rust:1, without a report to count tests in", () => {
    const runner = tested.runners.find(({ name }) => name === "cargo/rust")
    expect(runner).toMatchObject({ image: "rust:1", status: "passed", commands: ["cargo test --locked"] })
    expect(runner?.output).toMatch(/Compiling itoa v1\.0\.15.*test result: ok\. 1 passed/s)
  })

  test("pass as a whole, with coverage, JUnit, output and one outcome in the report", async () => {
    expect(requirePassed(tested)).toBe(tested)
    const written: Record<string, string[]> = {
      "go/go": ["junit.xml", "coverage.out"],
      "cargo/rust": [],
      "mvn/maven": ["target/surefire-reports/TEST-greet.GreetTest.xml"],
    }
    const own = tested.runners.flatMap(({ name }) =>
      ["output.log", ...(written[name] ?? ["junit.xml"])].map((file) => `${name}/${file}`),
    )
    expect(await tested.report.glob("**/*.*").then((paths) => paths.sort())).toEqual([...own, "outcome.json"].sort())
    expect(await tested.report.file("go/go/coverage.out").contents()).toContain("example.com/greet/greet.go")
    expect(await tested.report.file("go/go/output.log").contents()).toContain("ok  \texample.com/greet")
  })
})

describe("tests that fail", () => {
  const broken = () =>
    project("go").withNewFile("greet.go", 'package greet\n\nfunc Greeting(name string) string { return "Bye" }\n')

  test("end in an error with their output, and leave a report", async () => {
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
