import { expect, test } from "vitest"
import { isFinal, scannerFailed, wantsJavaDatabase } from "../../lib/scan/scanner.ts"

const failure = (stderr: string) => Object.assign(new Error("process failed"), { exitCode: 1, stderr, stdout: "" })
const java = failure("Java DB update failed: '--skip-java-db-update' cannot be specified on the first run")

test("reports the scanner's exit code and its last lines", () => {
  const words = Array.from({ length: 9 }, (_, at) => `line ${at}`).join("\n")
  expect(scannerFailed("Trivy", failure(words)).message).toBe(
    "SCANNER_FAILED: expected Trivy to complete, got exit code 1: line 5 ⏎ line 6 ⏎ line 7 ⏎ line 8. Fix what the scanner reports, then run again; the gate did not judge the image.",
  )
})

test("reports an error without an exit code unchanged", () => {
  expect(scannerFailed("Grype", new Error("pull access denied")).message).toContain("got pull access denied.")
})

const mirrors = (...causes: unknown[]) =>
  Object.assign(new Error("no mirror responded"), {
    failures: causes.map((cause, at) => ({ mirror: `m${at}`, cause })),
  })

test("reports the failure of each mirror", () => {
  const cause = mirrors(failure("connection refused"), failure("manifest unknown"))
  expect(scannerFailed("Trivy", cause).message).toContain(
    "got from m0: exit code 1: connection refused; from m1: exit code 1: manifest unknown. Fix what the scanner reports",
  )
})

test.each([
  {
    name: "an old database",
    cause: failure("validate error: --skip-db-update cannot be specified with the old DB schema"),
    final: true,
  },
  { name: "a flag of another version", cause: failure("unknown flag: --skip-vex-repo-update"), final: true },
  { name: "a missing Java database", cause: java, final: true },
  { name: "an unreachable network", cause: failure("dial tcp: i/o timeout"), final: false },
  {
    name: "one unreachable mirror and one with an incompatible database",
    cause: mirrors(java, failure("timeout")),
    final: false,
  },
  { name: "the same final failure of all mirrors", cause: mirrors(java, java), final: true },
  { name: "an error that is not an exec's", cause: new Error("unknown flag"), final: false },
])("treats $name as final: $final", ({ cause, final }) => {
  expect(isFinal(cause)).toBe(final)
})

test("recognises the request for the Java database", () => {
  expect([java, failure("dial tcp")].map(wantsJavaDatabase)).toEqual([true, false])
})
