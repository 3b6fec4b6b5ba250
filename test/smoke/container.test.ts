import { readdirSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { PROGRAM_FILES, parseObservation, runtimeArgs } from "../../lib/smoke/container.ts"

test("mounts every file of the programs", () => {
  expect(readdirSync(new URL("../../lib/smoke/program", import.meta.url)).sort()).toEqual(PROGRAM_FILES.toSorted())
})

test("starts Node by the loader and with the libraries of its own image", () => {
  const found = { node: "/usr/local/bin/node", loader: "/lib/ld-musl-x86_64.so.1", libraries: ["/usr/lib", "/lib"] }
  expect(runtimeArgs(found)).toEqual([
    "/.slipway/node/lib/ld-musl-x86_64.so.1",
    "--library-path",
    "/.slipway/node/usr/lib:/.slipway/node/lib",
    "/.slipway/node/usr/local/bin/node",
  ])
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
