import { fileURLToPath } from "node:url"
import { type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { requirePassed, type TestResults } from "../../lib/test/outcome.ts"
import { runTests, type TestOptions } from "../../lib/test/suite.ts"
import { useEngine } from "./session.ts"

useEngine()

const SMALL = "debian:bookworm-slim"
// One of its three tests fails.
const ORDERS = fileURLToPath(new URL("../fixtures/projects/node-services", import.meta.url))
// A server that logs each path, and responds with the text in GREETING.
const SERVER = `node -e 'require("http").createServer((q, s) => (console.log("asked for", q.url), s.end(process.env.GREETING))).listen(8080)'`
const ECHO = `echo=node:24 port=8080 env='GREETING=hello there' command="${SERVER.replaceAll('"', '\\"')}"`
const FETCH = `node -e 'fetch("http://echo:8080/greeting").then(async (r) => console.log(await r.text()))'`

const source = (): Directory => dag.directory().withNewFile("README", "nothing to recognise")
const inSmall = (...commands: string[]): TestOptions => ({ image: SMALL, commands })
const output = ({ runners }: TestResults): string => runners.map((runner) => runner.output).join("")

describe("a service", () => {
  let tested: TestResults
  beforeAll(async () => {
    tested = await runTests(source(), {
      image: "node:24",
      commands: [FETCH, "node -e 'process.exit(3)'"],
      services: [ECHO],
    })
  })

  test("is reached by its name", () => {
    expect(output(tested)).toContain("hello there\n")
  })

  test("shows its log when the tests fail", async () => {
    expect(() => requirePassed(tested)).toThrow(/--- log of service echo \(node:24\) ---\nasked for \/greeting/)
    expect(await tested.report.file("services/echo.log").contents()).toBe("asked for /greeting\n")
  })

  test("that ends during its start is an error with its log", async () => {
    const services = [`db=${SMALL} port=5432 command="bash -c 'echo no such role; exit 1'"`]
    const running = runTests(source(), { ...inSmall("true"), services })
    await expect(running).rejects.toThrow(/^SERVICE_FAILED: expected service db .*on port 5432.*no such role/s)
  })
})

test("a database and a cache are ready when the tests start, and show their logs when a test fails", async () => {
  const tested = await runTests(dag.host().directory(ORDERS), {
    services: ["db=postgres:17 env=POSTGRES_DB=orders", "cache=redis:8"],
    variables: ["NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"],
  })
  expect(tested.runners).toMatchObject([{ name: "node", counts: { passed: 2, failed: 1, skipped: 0 } }])
  const failing = () => requirePassed(tested)
  expect(failing).toThrow(/duplicate key value violates unique constraint "orders_pkey"/)
  expect(failing).toThrow(/--- log of service db \(postgres:17\) ---.*ERROR: {2}duplicate key value violates/s)
  expect(failing).toThrow(/--- log of service cache \(redis:8\) ---.*Ready to accept connections/s)
})

describe("a secret", () => {
  test("is mounted as a file and stays out of the output", async () => {
    const secret = dag.setSecret("token", "correct horse")
    const options = inSmall(
      "bash -c 'wc -c <$API_TOKEN_FILE; cat /run/secrets/api-token; stat -c %a /run/secrets/api-token'",
    )
    const tested = await runTests(source(), { ...options, secrets: [{ name: "api-token", secret }] })
    expect(output(tested)).toMatch(/13\n\*\*\*400\n$/)
    expect(await tested.report.file("custom/output.log").contents()).not.toContain("correct horse")
  })
})

describe("a second run on the same source", () => {
  const STAMP = "date +%s%N"

  test("reuses a pass", async () => {
    const [first, second] = [await runTests(source(), inSmall(STAMP)), await runTests(source(), inSmall(STAMP))]
    expect(output(second)).toBe(output(first))
  })

  test("does not reuse a failure, whose cause may be gone", async () => {
    const failing = inSmall(`bash -c '${STAMP}; exit 1'`)
    const [first, second] = [await runTests(source(), failing), await runTests(source(), failing)]
    expect(first.status).toBe("failed")
    expect(output(second)).not.toBe(output(first))
  })

  test("does not reuse a pass with a secret, because the system that it opens may have changed", async () => {
    const options = { ...inSmall(STAMP), secrets: [{ name: "token", secret: dag.setSecret("token", "x") }] }
    const [first, second] = [await runTests(source(), options), await runTests(source(), options)]
    expect(output(second)).not.toBe(output(first))
  })
})

describe("a test stage in a Dockerfile", () => {
  const stage = (lines: string): Directory =>
    source().withNewFile("Dockerfile", `FROM ${SMALL} AS test\nWORKDIR /src\nCOPY . .\n${lines}\nFROM scratch\n`)

  test("passes if its build succeeds", async () => {
    expect(await runTests(stage("RUN test -e README"), {})).toMatchObject({
      status: "passed",
      runners: [{ name: "dockerfile", image: "Dockerfile, stage test" }],
    })
  })

  test("fails with the output of its RUN", async () => {
    const tested = await runTests(stage("RUN echo got 1, want 2; echo really >&2; exit 9"), {})
    expect(tested).toMatchObject({ status: "failed", runners: [{ failure: { exitCode: 9 } }] })
    expect(() => requirePassed(tested)).toThrow(/ended with 9\..*got 1, want 2\nreally/s)
  })

  test("with a CMD runs, and leaves its reports", async () => {
    const junit = '<testsuite><testcase name=\\"a\\"/></testsuite>'
    const tested = await runTests(stage(`CMD ["bash", "-c", "echo '${junit}' >junit.xml; echo started"]`), {})
    expect(tested).toMatchObject({ status: "passed", runners: [{ counts: { passed: 1, failed: 0, skipped: 0 } }] })
    expect(output(tested)).toContain("started\n")
    expect((await tested.report.glob("dockerfile/*")).sort()).toEqual(["dockerfile/junit.xml", "dockerfile/output.log"])
  })
})

describe("tests that cannot run", () => {
  test.each([
    {
      name: "an image that does not exist",
      options: { image: "debian:no-such-release", commands: ["true"] },
      error:
        /^OPTIONS_INVALID: expected an image for the tests that can be pulled, here "debian:no-such-release".*not found/,
    },
    {
      name: "a path that does not exist",
      options: { paths: ["api"] },
      error: /^SOURCE_INVALID: expected paths of folders in the source, got "api"\. .*The source contains README/,
    },
    { name: "a path outside of the source", options: { paths: [".."] }, error: /^SOURCE_INVALID: .*got "\.\."/ },
    { name: "a project that is not recognised", options: {}, error: /^RUNNER_NOT_FOUND: .*got "\." with README/ },
  ])("end in an error for $name", async ({ options, error }) => {
    await expect(runTests(source(), options)).rejects.toThrow(error)
  })

  test("fail like other tests if a command does not exist", async () => {
    const tested = await runTests(source(), inSmall("no-such-program --version"))
    expect(() => requirePassed(tested)).toThrow(
      /"no-such-program --version" ended with 127.*failed to run command .no-such-program/s,
    )
  })
})
