import { describe, expect, test } from "vitest"
import type { ProgramFault } from "../../lib/smoke/program/inspect.ts"
import type { Check } from "../../lib/smoke/program/probe.ts"
import type { Observation } from "../../lib/smoke/program/supervise.ts"
import { elfMachines, judgeStart, missingLibraries } from "../../lib/smoke/verdict.ts"

const port: Check = { kind: "port", ports: [8080] }
const started = { platform: "linux/arm64", user: "65532", check: port, seconds: 60 }

function judge(
  end: Observation["end"],
  more: { log?: string; check?: Check; listeners?: Observation["listeners"] } = {},
) {
  const { log = "", check = port, listeners = [] } = more
  return judgeStart({ startedAt: 0, end, listeners, log }, { ...started, check })
}

describe("a passed start", () => {
  test("says what answered", () => {
    expect(judge({ kind: "steady", ready: "port 8080 answered after 0.2 s", after: 5.04 })).toEqual({
      status: "passed",
      result: "port 8080 answered after 0.2 s, and it was up after 5.0 s",
    })
  })

  test("of a command is its exit code 0", () => {
    expect(judge({ kind: "exited", code: 0, after: 0.3 }, { check: { kind: "ends" } })).toEqual({
      status: "passed",
      result: "it succeeded after 0.3 s",
    })
  })
})

test.each<{ fault: ProgramFault; result: string; fix: string }>([
  {
    fault: { kind: "missing", path: "/app" },
    result: "/app is not in the image",
    fix: "Correct ENTRYPOINT or CMD, or copy",
  },
  { fault: { kind: "folder", path: "/app" }, result: "/app is a folder, not a program", fix: "Correct ENTRYPOINT" },
  {
    fault: { kind: "format", path: "/app" },
    result: "/app is neither a program of linux/arm64 nor a script that begins with #!",
    fix: "Add the line #!/bin/sh",
  },
  {
    fault: { kind: "noAccess", path: "/app", mode: "0644", uid: 65532 },
    result: "/app has no execute bit for the image's user 65532 (permission denied; its mode is 0644)",
    fix: "Set the bit where the file is made: COPY --chmod=0755",
  },
  {
    fault: { kind: "noAccess", path: "/root/app", uid: 65532 },
    result: "/root/app is in a folder that the image's user 65532 may not enter (permission denied)",
    fix: "Set the bit",
  },
  {
    fault: { kind: "interpreter", path: "/app", interpreter: "/lib64/ld-linux-x86-64.so.2" },
    result: "/app needs the loader /lib64/ld-linux-x86-64.so.2, which is not in the image",
    fix: "Link statically (for Go: CGO_ENABLED=0)",
  },
  {
    fault: { kind: "interpreter", path: "/app", interpreter: "/lib/ld-musl-aarch64.so.1" },
    result: "/app needs the loader /lib/ld-musl-aarch64.so.1, which is not in the image",
    fix: "Link statically",
  },
  {
    fault: { kind: "interpreter", path: "/run", interpreter: "/bin/bash" },
    result: "/run needs the interpreter /bin/bash, which is not in the image",
    fix: "Use a base image that has the interpreter",
  },
  {
    fault: { kind: "interpreter", path: "/run", interpreter: "/bin/sh\r" },
    result: "/run has Windows line ends, so its interpreter /bin/sh is not found",
    fix: "Save the script with line ends of Unix",
  },
  {
    fault: { kind: "machine", path: "/app", machine: 62 },
    result: "/app is built for amd64, and the image is for linux/arm64",
    fix: "Build it for the platform of the image: use TARGETOS and TARGETARCH",
  },
  {
    fault: { kind: "machine", path: "/app", machine: 8 },
    result: "/app is built for the machine 8, and the image is for linux/arm64",
    fix: "Build it",
  },
])("a fault: $result", ({ fault, result, fix }) => {
  expect(judge({ kind: "fault", fault })).toEqual({ status: "failed", result, fix: expect.stringContaining(fix) })
})

describe("a start that ended", () => {
  test.each<{ end: Observation["end"]; log?: string; check?: Check; result: string }>([
    { end: { kind: "exited", code: 3, after: 3.02 }, result: "it crashed after 3.0 s with exit code 3" },
    {
      end: { kind: "exited", code: 0, after: 0.1 },
      result: "it ended after 0.1 s with exit code 0 instead of staying up",
    },
    {
      end: { kind: "exited", code: 1, after: 0.1 },
      check: { kind: "ends" },
      result: "it crashed after 0.1 s with exit code 1",
    },
    {
      end: { kind: "exited", signal: "SIGILL", after: 0.1 },
      result: "it crashed by an instruction that the platform's processor does not have (SIGILL) after 0.1 s",
    },
    { end: { kind: "exited", signal: "SIGUSR1", after: 0.1 }, result: "it was ended (SIGUSR1) after 0.1 s" },
    {
      end: { kind: "exited", code: 132, after: 0.1 },
      log: "qemu: uncaught target signal 4 (Illegal instruction) - core dumped\n",
      result: "it crashed after 0.1 s with exit code 132 (Illegal instruction)",
    },
    {
      end: { kind: "exited", code: 127, after: 0.1 },
      log: "/app: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file\n",
      result: "it lacks the shared library libpq.so.5, and ended with exit code 127",
    },
    {
      end: { kind: "exited", code: 127, after: 0.1 },
      log: "Error loading shared library libpq.so.5: No such file or directory (needed by /app)\n",
      result: "it lacks the shared library libpq.so.5, and ended with exit code 127",
    },
  ])("$result", ({ end, result, ...more }) => {
    expect(judge(end, more)).toMatchObject({ status: "failed", result, fix: expect.stringMatching(/\.$/) })
  })

  test("has its exit code for programs", () => {
    expect(judge({ kind: "exited", code: 3, after: 1 })).toHaveProperty("exitCode", 3)
    expect(judge({ kind: "exited", signal: "SIGSEGV", after: 1 })).not.toHaveProperty("exitCode")
  })

  test("names each missing library once", () => {
    const line = (name: string) => `Error loading shared library ${name}: No such file or directory (needed by /app)\n`
    expect(missingLibraries(line("a.so") + line("b.so.1") + line("a.so"))).toEqual(["a.so", "b.so.1"])
  })
})

describe("a start that is late", () => {
  const reason = "nothing answers on port 8080"
  test.each<{ listeners: Observation["listeners"]; result: string; fix: string }>([
    { listeners: [], result: `${reason} within 60 s: it listens on no port`, fix: "raise smoke.seconds" },
    {
      listeners: [
        { port: 8081, loopback: false },
        { port: 9000, loopback: true },
      ],
      result: `${reason} within 60 s: it listens on 8081, 127.0.0.1:9000`,
      fix: "Correct the port in the program, in EXPOSE or in smoke.port.",
    },
    {
      listeners: [{ port: 8080, loopback: true }],
      result: `${reason} within 60 s: it listens on 127.0.0.1:8080 alone, which nothing outside of its container reaches`,
      fix: "Listen on all addresses (0.0.0.0 or ::).",
    },
  ])("$result", ({ listeners, result, fix }) => {
    expect(judge({ kind: "late", after: 60, reason }, { listeners })).toEqual({
      status: "failed",
      result,
      fix: expect.stringContaining(fix),
    })
  })

  test("with a status that is not accepted blames the path", () => {
    const check: Check = { kind: "http", port: 8080, path: "/", status: [] }
    const listeners = [{ port: 8080, loopback: false }]
    const verdict = judge({ kind: "late", after: 60, reason: "GET / on port 8080 returned 500" }, { check, listeners })
    expect(verdict).toMatchObject({
      result: "GET / on port 8080 returned 500 within 60 s",
      fix: expect.stringContaining("smoke.path and smoke.status"),
    })
  })

  test.each<Check>([{ kind: "ends" }, { kind: "runs" }, { kind: "health", command: ["c"], timeout: 1 }])(
    "for the check $kind names the limit",
    (check) => {
      const verdict = judge({ kind: "late", after: 60, reason: "it did not end" }, { check })
      expect(verdict).toMatchObject({
        result: "it did not end within 60 s",
        fix: expect.stringContaining("smoke.seconds"),
      })
    },
  )
})

test("a start that is lost again has failed", () => {
  expect(judge({ kind: "lost", after: 5, reason: "nothing answers on port 8080" })).toMatchObject({
    status: "failed",
    result: "it was ready, and after 5.0 s nothing answers on port 8080",
  })
})

test("knows the machines of a platform, with the processor's older mode", () => {
  expect(elfMachines("amd64")).toEqual([62, 3])
  expect(elfMachines("loong64")).toEqual([])
})
