import { type Directory, dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { daggerCall } from "./dagger-call.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const PROJECT = "test/fixtures/projects/go"
const SOURCE = `--source=${PROJECT}`

function sourceOf(files: Record<string, string>): Directory {
  return Object.entries(files).reduce((all, [path, text]) => all.withNewFile(path, text), dag.directory())
}

test("prints what passed, in which image and how long it took", async () => {
  const { code, stdout } = await daggerCall(["test", SOURCE])
  expect(stdout).toMatch(/^go +passed, 1 passed, 1 skipped in [0-9.]+ s \(golang:1\.21\)$/m)
  expect(stdout).toContain("ok  \texample.com/greet")
  expect(code).toBe(0)
})

test("fails the call with the output of failed tests, which get lists and secrets", async () => {
  const { code, stderr } = await daggerCall(
    [
      "test",
      SOURCE,
      "--test-image=debian:bookworm-slim",
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

test("returns the report of failed tests as a directory", async () => {
  const source = dag.host().directory(PROJECT)
  const commands = ["bash -c 'echo sorry; exit 3'"]
  const { reports } = await slipway().testRun(source, "debian:bookworm-slim", commands)
  expect(JSON.parse(await reports.file("outcome.json").contents())).toMatchObject({
    status: "failed",
    runners: [{ name: "custom", failure: { exitCode: 3 } }],
  })
})

test("uses image, commands and services from slipway.yaml, and --set wins over them", async () => {
  const settings = `test:
  image: debian:bookworm-slim
  commands: ["bash -c 'exec 3<>/dev/tcp/cache/6379; echo PING >&3; head -1 <&3'"]
  services: [cache=redis:8]
`
  const source = sourceOf({ "slipway.yaml": settings })
  const said = await slipway().test(source)
  expect(said).toMatch(/^custom +passed in [0-9.]+ s \(debian:bookworm-slim\)$/m)
  expect(said).toContain("+PONG")
  const set = ["test.services=null", "test.commands=[echo none]"]
  const none = undefined
  expect((await slipway().testRun(source, none, none, none, none, none, set)).text).toMatch(/^none$/m)
})

test("tests several services in parallel, or only the named one", async () => {
  const settings = `test: { image: "debian:bookworm-slim" }
services:
  api: { test: { commands: [echo from the api] } }
  web: { test: { commands: [echo from the web] } }
  docs: { test: false }
`
  const source = sourceOf({ "slipway.yaml": settings, "api/a": "", "web/w": "", "docs/d": "" })
  const said = await slipway().test(source)
  expect(said).toMatch(/^api\/custom +passed in .*\nweb\/custom +passed in /m)
  expect(said).not.toContain("docs")
  const { reports } = await slipway().testRun(source, undefined, [], [], [], "web")
  expect(await reports.glob("**/output.log")).toEqual(["web/custom/output.log"])
})
