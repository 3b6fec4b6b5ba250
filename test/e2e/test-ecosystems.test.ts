import { beforeAll, describe, expect, test } from "vitest"
import { requirePassed, type TestResults } from "../../lib/test/outcome.ts"
import { useEngine } from "./session.ts"
import { locked, project, reportPaths, testTogether } from "./test-projects.ts"

useEngine()

// test-stage.test.ts has Go, npm, pip and uv
describe("small projects, each with a real dependency, tested in parallel", () => {
  let tested: TestResults
  beforeAll(async () => {
    tested = await testTogether({
      pnpm: locked("node", "pnpm"),
      "yarn-classic": locked("node", "yarn-classic"),
      yarn: locked("node", "yarn"),
      poetry: locked("python", "poetry"),
      cargo: project("rust"),
      mvn: project("maven"),
    })
  })

  test.each([
    { name: "pnpm/node", image: "node:24", last: /^pnpm test$/ },
    { name: "yarn-classic/node", image: "node:24", last: /^yarn test$/ },
    { name: "yarn/node", image: "node:24", last: /^yarn test$/ },
    { name: "poetry/python", image: "python:3.11", last: /^poetry run pytest$/ },
    { name: "mvn/maven", image: "maven:3-eclipse-temurin-17", last: /^mvn .* test$/ },
  ])("$name passes in $image", ({ name, image, last }) => {
    const runner = tested.runners.find((one) => one.name === name)
    expect(runner).toMatchObject({ image, status: "passed", counts: { passed: 1, failed: 0, skipped: 0 } })
    expect(runner?.commands.at(-1)).toMatch(last)
  })

  test("cargo/rust passes in rust:1, without a report to count tests in", () => {
    const runner = tested.runners.find(({ name }) => name === "cargo/rust")
    expect(runner).toMatchObject({ image: "rust:1", status: "passed", commands: ["cargo test --locked"] })
    expect(runner?.output).toMatch(/Compiling itoa v1\.0\.15.*test result: ok\. 1 passed/s)
  })

  test("pass as a whole, with JUnit, output and one outcome in the report", async () => {
    expect(requirePassed(tested)).toBe(tested)
    const paths = reportPaths(tested, {
      "cargo/rust": [],
      "mvn/maven": ["target/surefire-reports/TEST-greet.GreetTest.xml"],
    })
    expect(await tested.report.glob("**/*.*").then((found) => found.sort())).toEqual(paths)
  })
})
