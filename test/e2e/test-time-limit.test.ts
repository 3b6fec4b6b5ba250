import { dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { buildImage } from "../../lib/build/docker-build.ts"
import { requirePassed } from "../../lib/test/outcome.ts"
import { runTests } from "../../lib/test/suite.ts"
import { useEngine } from "./session.ts"

useEngine()

const hanging = () =>
  dag
    .directory()
    .withNewFile("test.sh", "echo waiting\nmkdir -p out\necho '<testsuite/>' > out/junit.xml\nsleep 100000\n")
const HANG = { image: "debian:bookworm-slim", commands: ["sh test.sh"] }

describe("tests that hang", () => {
  test("end in an error with their output and the services' logs, and leave their report", async () => {
    const tested = await runTests(hanging(), { ...HANG, services: ["cache=redis:8"], timeout: 5 })
    expect(() => requirePassed(tested)).toThrow(
      /^TESTS_FAILED: .*got custom: "sh test.sh" did not end within 5 s\. .*\$ sh test\.sh\nwaiting\n.*log of service cache/s,
    )
    expect(await tested.report.file("custom/output.log").contents()).toMatch(/^\$ sh test\.sh\nwaiting\n/)
    expect(await tested.report.file("custom/out/junit.xml").contents()).toBe("<testsuite/>\n")
  })

  test("keep their output if a signal kills them", async () => {
    const commands = ["sh -c 'echo working; kill -KILL $$'"]
    const tested = await runTests(hanging(), { ...HANG, commands })
    // the shell's own "Killed" may come before it
    expect(() => requirePassed(tested)).toThrow(/got custom: ".*" ended with 137\. .*\nworking(?:\n|$)/s)
  })

  test("end during the build of their stage, too", async () => {
    const source = dag.directory().withNewFile("Dockerfile", "FROM debian:bookworm-slim AS test\nRUN sleep 100000\n")
    const tested = await runTests(source, { timeout: 5 })
    expect(() => requirePassed(tested)).toThrow(/got dockerfile: "the build of stage test" did not end within 5 s/)
  })
})

test("a build that hangs ends in an error", async () => {
  const source = dag.directory().withNewFile("Dockerfile", "FROM debian:bookworm-slim\nRUN sleep 100000\n")
  await expect(buildImage(source, { platforms: ["linux/amd64"], timeout: 5 })).rejects.toThrow(
    /^BUILD_TIMEOUT: expected the image to be built within 5 s, got a build that is still running\. .*build\.timeout/,
  )
})
