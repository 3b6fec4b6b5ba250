import { expect, test } from "vitest"
import { daggerCall } from "./dagger-call.ts"

const SOURCE = "--source=test/fixtures/projects/go"

test("a caller of the command line sees what passed, and how long it took", async () => {
  const { code, stdout } = await daggerCall(["test", SOURCE])
  expect(stdout).toMatch(/^go +passed, 1 passed, 1 skipped in [0-9.]+ s \(golang:1\.21\)$/m)
  expect(stdout).toContain("ok  \texample.com/greet")
  expect(code).toBe(0)
})

test("failing tests fail the call with their own output; lists and secrets arrive", async () => {
  const { code, stderr } = await daggerCall(
    [
      "test",
      SOURCE,
      "--image=debian:bookworm-slim",
      "--commands=echo first",
      `--commands="bash -c 'echo got $NUMBER, want 2; cat $API_TOKEN_FILE; exit 3'"`,
      "--variables=NUMBER=1",
      "--secret-names=api-token",
      "--secrets=env://TOKEN",
    ],
    { env: { TOKEN: "correct horse" } },
  )
  expect(stderr).toContain("TESTS_FAILED: expected passing tests, got custom:")
  expect(stderr).toContain("$ echo first\nfirst\n")
  expect(stderr).toContain("got 1, want 2\n***")
  expect(stderr).not.toContain("correct horse")
  expect(code).toBe(1)
})

test("the report of failing tests comes back as a directory", async () => {
  const { code, stdout } = await daggerCall([
    "test-report",
    SOURCE,
    "--image=debian:bookworm-slim",
    "--commands=bash -c 'echo sorry; exit 3'",
    "file",
    "--path=outcome.json",
    "contents",
  ])
  expect(JSON.parse(stdout)).toMatchObject({
    status: "failed",
    runners: [{ name: "custom", failure: { exitCode: 3 } }],
  })
  expect(code).toBe(0)
})
