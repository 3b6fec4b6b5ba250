import { readdirSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { PROGRAM_FILES, parseObservation } from "../../lib/smoke/container.ts"

test("mounts every file of the programs", () => {
  const own = readdirSync(new URL("../../lib/smoke/program", import.meta.url)).map((name) => `smoke/program/${name}`)
  expect([...own, "program/elf.ts"].sort()).toEqual(PROGRAM_FILES.toSorted())
})

describe("the output of the program in the image's container", () => {
  const observed = { startedAt: 1, end: { kind: "steady", after: 5, ready: "it runs" }, listeners: [], log: "" }

  test("is the observation", () => {
    const result = { exitCode: 0, stdout: JSON.stringify(observed), stderr: "" }
    expect(parseObservation(result, "linux/amd64")).toEqual(observed)
  })

  test.each([
    {
      name: "an exit code",
      exitCode: 1,
      stdout: JSON.stringify(observed),
      stderr: "exec format error",
      got: "exec format error",
    },
    { name: "no JSON", exitCode: 0, stdout: "hello", stderr: "", got: "hello" },
    { name: "another shape", exitCode: 0, stdout: '{"end":"steady"}', stderr: "", got: '{\\"end\\":\\"steady\\"}' },
  ])("that is $name is no verdict about the image", ({ name: _, got, ...result }) => {
    const message = `SMOKE_UNAVAILABLE: expected the engine to start the image on linux/amd64, got "exit code ${result.exitCode}: ${got}"`
    expect(() => parseObservation(result, "linux/amd64")).toThrow(message)
  })

  test("that names a missing user is the image's fault", () => {
    const result = { exitCode: 1, stdout: "", stderr: "unable to find user app: no matching entries in passwd file" }
    expect(() => parseObservation(result, "linux/amd64")).toThrow(
      'SMOKE_FAILED: expected the image to start on linux/amd64, got its user "app", which is not in its /etc/passwd',
    )
  })
})
