import { expect, test } from "vitest"
import { readGoEvents } from "../../lib/test/go-events.ts"

const event = (fields: object) => JSON.stringify({ Time: "2026-01-01T00:00:00Z", Package: "a/b", ...fields })

test("shows what failed and the packages, and knows every test", () => {
  const output = [
    "$ go vet ./...",
    event({ Action: "start" }),
    event({ Action: "run", Test: "TestGood" }),
    event({ Action: "output", Test: "TestGood", Output: "=== RUN   TestGood\n" }),
    event({ Action: "output", Test: "TestGood", Output: "a log line of a good test\n" }),
    event({ Action: "output", Test: "TestGood", Output: "--- PASS: TestGood (0.00s)\n" }),
    event({ Action: "pass", Test: "TestGood", Elapsed: 0 }),
    event({ Action: "output", Test: "TestBad", Output: "=== RUN   TestBad\n" }),
    event({ Action: "output", Test: "TestBad", Output: "    b_test.go:7: got 1, want 2\n" }),
    event({ Action: "output", Test: "TestBad", Output: "--- FAIL: TestBad (0.25s)\n" }),
    event({ Action: "fail", Test: "TestBad", Elapsed: 0.25 }),
    event({ Action: "skip", Test: "TestLater", Elapsed: 0 }),
    event({ Action: "output", Output: "FAIL\ta/b\t0.3s\n" }),
    event({ Action: "fail", Elapsed: 0.3 }),
    "go: a line of the go command itself",
    "",
  ].join("\n")
  const { text, tests } = readGoEvents(output)
  expect(text).toBe(
    [
      "$ go vet ./...",
      "    b_test.go:7: got 1, want 2",
      "--- FAIL: TestBad (0.25s)",
      "FAIL\ta/b\t0.3s",
      "go: a line of the go command itself",
      "",
    ].join("\n"),
  )
  expect(tests.map(({ name, status }) => [name, status])).toEqual([
    ["TestGood", "passed"],
    ["TestBad", "failed"],
    ["TestLater", "skipped"],
  ])
  expect(tests).toContainEqual({
    package: "a/b",
    name: "TestBad",
    status: "failed",
    seconds: 0.25,
    output: "=== RUN   TestBad\n    b_test.go:7: got 1, want 2\n--- FAIL: TestBad (0.25s)\n",
  })
})

test("shows compiler errors, which belong to no test", () => {
  const output = JSON.stringify({ ImportPath: "a/b", Action: "build-output", Output: "./b.go:3:1: syntax error\n" })
  expect(readGoEvents(output).text).toBe("./b.go:3:1: syntax error\n")
})

test("tells tests of the same name in two packages apart", () => {
  const output = [
    event({ Action: "output", Test: "TestSame", Output: "good\n" }),
    event({ Action: "pass", Test: "TestSame" }),
    event({ Package: "a/c", Action: "output", Test: "TestSame", Output: "bad\n" }),
    event({ Package: "a/c", Action: "fail", Test: "TestSame" }),
  ].join("\n")
  expect(readGoEvents(output)).toMatchObject({ text: "bad\n", tests: [{ status: "passed" }, { status: "failed" }] })
})

test.each([
  { name: "a program that prints JSON", line: '{"level":"info"}' },
  { name: "half a line of JSON", line: '{"Action":' },
])("leaves the line of $name as it is", ({ line }) => {
  expect(readGoEvents(line).text).toBe(`${line}\n`)
})
