import { spawnSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import { isTimedOut, limitArgs, RUN_SCRIPT, readExitCode, requireSeconds, splitWords } from "../../lib/test/command.ts"

describe("words", () => {
  test.each([
    { name: "plain words", line: "go test ./...", words: ["go", "test", "./..."] },
    { name: "single quotes", line: "pytest -k 'a and b'", words: ["pytest", "-k", "a and b"] },
    { name: "double quotes with an escape", line: 'echo "say \\"hi\\""', words: ["echo", 'say "hi"'] },
    { name: "quotes within a word", line: "a'b c'd", words: ["ab cd"] },
    { name: "an empty word", line: "printf ''", words: ["printf", ""] },
    { name: "an escaped space", line: "ls my\\ file", words: ["ls", "my file"] },
    { name: "space around and between", line: "  npm \t test\n", words: ["npm", "test"] },
    { name: "shell characters in quotes", line: "bash -c 'a && b | c > $d'", words: ["bash", "-c", "a && b | c > $d"] },
    { name: "nothing", line: "", words: [] },
  ])("splits $name", ({ line, words }) => {
    expect(splitWords(line)).toEqual(words)
  })

  test.each([
    { name: "a second command", line: "npm ci && npm test", got: '"&" at position 8' },
    { name: "a pipe", line: "a | b", got: '"|" at position 3' },
    { name: "a redirection", line: "a > b", got: '">" at position 3' },
    { name: "a variable", line: "echo $HOME", got: '"$" at position 6' },
    { name: "a variable in double quotes", line: 'echo "$HOME"', got: '"\\"" at position 6' },
    { name: "an open quote", line: "echo 'a", got: '"\'" at position 6' },
  ])("refuses $name, which needs a shell", ({ line, got }) => {
    expect(() => splitWords(line)).toThrow(/^OPTIONS_INVALID: .* call a shell/)
    expect(() => splitWords(line)).toThrow(got)
  })
})

describe("limit", () => {
  test("runs a command under the image's timeout, or unchanged if the image has none", () => {
    const args = ["go", "test"]
    expect(limitArgs(args, { timeout: 60, limit: "/usr/bin/timeout" })).toEqual([
      ...["/slipway/run", "/usr/bin/timeout", "-s", "KILL", "60"],
      ...args,
    ])
    expect(limitArgs(args, { timeout: 60 })).toEqual(args)
  })

  test.each([
    { name: "GNU's limit", exitCode: 124, seconds: 60.1, ended: true },
    { name: "a limit that killed", exitCode: 137, seconds: 60.1, ended: true },
    { name: "tests that run out of memory", exitCode: 137, seconds: 12, ended: false },
    { name: "tests that end with the same exit code", exitCode: 124, seconds: 3, ended: false },
    { name: "tests that fail late", exitCode: 1, seconds: 60.1, ended: false },
  ])("$name counts as ended by the limit: $ended", ({ exitCode, seconds, ended }) => {
    expect(isTimedOut(exitCode, { timeout: 60, seconds })).toBe(ended)
  })

  test.each([
    { name: "a success", script: "exit 0", code: 0 },
    { name: "a failure", script: "exit 7", code: 7 },
    { name: "the highest exit code", script: "exit 255", code: 255 },
    { name: "an end by a signal", script: "kill -KILL $$", code: 137 },
  ])("passes on $name, by an exit code that the engine does not treat as its error", ({ script, code }) => {
    const { status } = spawnSync("/bin/sh", ["-s", "--", "/bin/sh", "-c", script], { input: RUN_SCRIPT })
    expect(status === null || (status >= 128 && status < 192)).toBe(false)
    expect(readExitCode(status ?? 0)).toBe(code)
  })

  test.each([0, -1, 1.5, Number.NaN])("refuses %d as a limit", (timeout) => {
    expect(() => requireSeconds(timeout)).toThrow(
      `OPTIONS_INVALID: expected a time limit of whole seconds, at least 1, got ${timeout}. Set test.timeout in slipway.yaml (alone: --timeout) to at least 1, or leave it out for 3600.`,
    )
    expect(requireSeconds(1)).toBe(1)
  })
})
