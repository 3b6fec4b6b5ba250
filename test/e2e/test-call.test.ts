import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { daggerCall } from "./dagger-call.ts"

const SOURCE = "--source=test/fixtures/projects/go"

function sourceOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-test-"))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return `--source=${folder}`
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
  const { code, stdout } = await daggerCall([
    "test-run",
    SOURCE,
    "--test-image=debian:bookworm-slim",
    "--commands=bash -c 'echo sorry; exit 3'",
    "reports",
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

test("uses image, commands and services from slipway.yaml, and --set wins over them", async () => {
  const settings = `test:
  image: debian:bookworm-slim
  commands: ["bash -c 'exec 3<>/dev/tcp/cache/6379; echo PING >&3; head -1 <&3'"]
  services: [cache=redis:8]
`
  const source = sourceOf({ "slipway.yaml": settings })
  const { code, stdout, error } = await daggerCall(["test", source])
  expect(stdout, error).toMatch(/^custom +passed in [0-9.]+ s \(debian:bookworm-slim\)$/m)
  expect(stdout).toContain("+PONG")
  expect(code).toBe(0)
  const changed = await daggerCall(["test", source, "--set=test.services=null", "--set=test.commands=[echo none]"])
  expect(changed.stdout, changed.error).toMatch(/^none$/m)
})

test("tests several services in parallel, or only the named one", async () => {
  const settings = `test: { image: "debian:bookworm-slim" }
services:
  api: { test: { commands: [echo from the api] } }
  web: { test: { commands: [echo from the web] } }
  docs: { test: false }
`
  const source = sourceOf({ "slipway.yaml": settings, "api/a": "", "web/w": "", "docs/d": "" })
  const all = await daggerCall(["test", source])
  expect(all.stdout, all.error).toMatch(/^api\/custom +passed in .*\nweb\/custom +passed in /m)
  expect(all.stdout).not.toContain("docs")
  const one = await daggerCall(["test-run", source, "--service=web", "reports", "glob", "--pattern=**/output.log"])
  expect(one.stdout, one.error).toBe("web/custom/output.log\n")
})
