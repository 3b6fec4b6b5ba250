import { expect, test } from "vitest"
import { isFinal, scannerFailed, wantsJavaDatabase } from "../../lib/scan/scanner.ts"

const failure = (stderr: string) => Object.assign(new Error("process failed"), { exitCode: 1, stderr, stdout: "" })
const java = failure("Java DB update failed: '--skip-java-db-update' cannot be specified on the first run")

test("the scanner's last words and its exit code are in the message", () => {
  const words = Array.from({ length: 9 }, (_, at) => `line ${at}`).join("\n")
  expect(scannerFailed("Trivy", failure(words)).message).toBe(
    "SCANNER_FAILED: expected Trivy to do its work, got exit code 1: line 5 ⏎ line 6 ⏎ line 7 ⏎ line 8. This says nothing about the image: it was not judged. Look at the scanner's words, then try again.",
  )
})

test("what is no exit code is said as it is", () => {
  expect(scannerFailed("Grype", new Error("pull access denied")).message).toContain("got pull access denied.")
})

const mirrors = (...causes: unknown[]) =>
  Object.assign(new Error("no mirror answered"), { failures: causes.map((cause, at) => ({ mirror: `m${at}`, cause })) })

test("of several mirrors each says what was wrong with it", () => {
  const cause = mirrors(failure("connection refused"), failure("manifest unknown"))
  expect(scannerFailed("Trivy", cause).message).toContain(
    "got from m0: exit code 1: connection refused; from m1: exit code 1: manifest unknown. This says nothing",
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
  { name: "a dead network", cause: failure("dial tcp: i/o timeout"), final: false },
  {
    name: "a dead mirror beside one that has what is not understood",
    cause: mirrors(java, failure("timeout")),
    final: false,
  },
  { name: "what no mirror can mend", cause: mirrors(java, java), final: true },
  { name: "no exec at all", cause: new Error("unknown flag"), final: false },
])("$name is final: $final", ({ cause, final }) => {
  expect(isFinal(cause)).toBe(final)
})

test("knows the wish for Java's database", () => {
  expect([java, failure("dial tcp")].map(wantsJavaDatabase)).toEqual([true, false])
})
