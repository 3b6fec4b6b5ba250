import { beforeAll, describe, expect, test } from "vitest"
import { requirePassed, type TestResults } from "../../lib/test/outcome.ts"
import { runTests } from "../../lib/test/suite.ts"
import { useEngine } from "./session.ts"
import { locked, project, reportPaths, testTogether } from "./test-projects.ts"

useEngine()

// test-ecosystems.test.ts has the other package managers and languages
describe("small projects, each with a real dependency, tested in parallel", () => {
  let tested: TestResults
  beforeAll(async () => {
    const node = { npm: project("node") }
    tested = await testTogether({ go: project("go"), ...node, pip: project("python"), uv: locked("python", "uv") })
  })

  test.each([
    { name: "go/go", image: "golang:1.21", last: /^go test /, counts: { passed: 1, failed: 0, skipped: 1 } },
    { name: "npm/node", image: "node:24", last: /^npm test$/ },
    { name: "pip/python", image: "python:3.11", last: /^python -m pytest$/ },
    { name: "uv/python", image: "python:3.11", last: /^uv run --frozen pytest$/ },
  ])("$name passes in $image", ({ name, image, last, counts = { passed: 1, failed: 0, skipped: 0 } }) => {
    const runner = tested.runners.find((one) => one.name === name)
    expect(runner).toMatchObject({ image, status: "passed", counts })
    expect(runner?.commands.at(-1)).toMatch(last)
  })

  test("pass as a whole, with coverage, JUnit, output and one outcome in the report", async () => {
    expect(requirePassed(tested)).toBe(tested)
    const paths = reportPaths(tested, { "go/go": ["junit.xml", "coverage.out"] })
    expect(await tested.report.glob("**/*.*").then((found) => found.sort())).toEqual(paths)
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
