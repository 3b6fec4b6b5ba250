import { describe, expect, test } from "vitest"
import {
  addCounts,
  countTests,
  type GoTest,
  mayCountTests,
  readGoEvents,
  renderJunit,
  reportPatterns,
} from "../../lib/test/junit.ts"

describe("report", () => {
  test("adds the caller's patterns to the defaults", () => {
    expect(reportPatterns(["screens/**"]).include).toEqual(
      expect.arrayContaining(["**/junit*.xml", "**/lcov.info", "screens/**"]),
    )
    expect(reportPatterns().exclude).toContain("**/node_modules")
  })

  test("counts test cases only in XML", () => {
    expect(["junit.xml", "a/b.trx", "coverage.out"].filter(mayCountTests)).toEqual(["junit.xml", "a/b.trx"])
  })
})

describe("junit", () => {
  test.each([
    {
      name: "nested suites, whose totals repeat",
      xml: `<?xml version="1.0"?><testsuites tests="3" failures="1"><testsuite tests="3"><testsuite tests="2">
      <testcase name="a"/><testcase name="b" time="0.1"><failure message="no">at b</failure></testcase></testsuite>
      <testcase name="c"><skipped/></testcase></testsuite></testsuites>`,
      counts: { passed: 1, failed: 1, skipped: 1 },
    },
    {
      name: "an error as a failure",
      xml: '<testsuite><testcase name="a"><error/></testcase></testsuite>',
      counts: { passed: 0, failed: 1, skipped: 0 },
    },
    {
      name: "names and output that look like markup",
      xml: `<testsuite><testcase name="a > b /> <failure>"><system-out><![CDATA[<failure/></testcase><testcase>]]></system-out></testcase>
      <!-- <testcase name="old"/> --></testsuite>`,
      counts: { passed: 1, failed: 0, skipped: 0 },
    },
    { name: "no tests", xml: "<testsuites/>", counts: { passed: 0, failed: 0, skipped: 0 } },
    {
      name: "the .trx of .NET",
      xml: '<TestRun xmlns="x"><ResultSummary><Counters total="5" executed="4" passed="3" failed="1" notExecuted="1" /></ResultSummary></TestRun>',
      counts: { passed: 3, failed: 1, skipped: 1 },
    },
    { name: "no tests in a coverage report", xml: '<coverage line-rate="1"/>', counts: undefined },
  ])("counts $name", ({ xml, counts }) => {
    expect(countTests(xml)).toEqual(counts)
  })

  test("adds up the counts of files, and returns none without files", () => {
    const counts = { passed: 1, failed: 2, skipped: 3 }
    expect(addCounts([counts, counts])).toEqual({ passed: 2, failed: 4, skipped: 6 })
    expect(addCounts([])).toBeUndefined()
  })
})

describe("go events", () => {
  const event = (fields: object) => JSON.stringify({ Time: "2026-01-01T00:00:00Z", Package: "a/b", ...fields })

  test("shows packages and the output of failed tests, and lists every test", () => {
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

  test("shows compiler errors outside of tests", () => {
    const output = JSON.stringify({ ImportPath: "a/b", Action: "build-output", Output: "./b.go:3:1: syntax error\n" })
    expect(readGoEvents(output).text).toBe("./b.go:3:1: syntax error\n")
  })

  test("separates tests of the same name in two packages", () => {
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
  ])("does not change the line of $name", ({ line }) => {
    expect(readGoEvents(line).text).toBe(`${line}\n`)
  })
})

describe("go junit", () => {
  const goTest = (fields: Partial<GoTest>): GoTest => ({
    package: "a/b",
    name: "TestA",
    status: "passed",
    seconds: 0.5,
    output: "=== RUN\n",
    ...fields,
  })

  test("writes one suite for each package", () => {
    const tests = [goTest({}), goTest({ package: "a/c", status: "skipped" }), goTest({ name: "TestB/<sub>" })]
    expect(renderJunit(tests)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="a/b" tests="2" failures="0" errors="0" skipped="0" time="1.000">
    <testcase classname="a/b" name="TestA" time="0.5"/>
    <testcase classname="a/b" name="TestB/&lt;sub&gt;" time="0.5"/>
  </testsuite>
  <testsuite name="a/c" tests="1" failures="0" errors="0" skipped="1" time="0.500">
    <testcase classname="a/c" name="TestA" time="0.5"><skipped/></testcase>
  </testsuite>
</testsuites>
`)
  })

  test("includes the output of a failed test, whatever characters it contains", () => {
    const xml = renderJunit([goTest({ status: "failed", output: 'got "a" & <b>, \u001b[31mred\u0000, 😀' })])
    expect(xml).toContain(
      '<failure message="failed">got &quot;a&quot; &amp; &lt;b&gt;, \uFFFD[31mred\uFFFD, 😀</failure>',
    )
  })

  test("writes a file that counts the same tests", () => {
    const tests = [goTest({}), goTest({ status: "failed" }), goTest({ status: "skipped" })]
    expect(countTests(renderJunit(tests))).toEqual({ passed: 1, failed: 1, skipped: 1 })
  })

  // The parts of Jenkins' junit-10.xsd that the output uses: the allowed children and attributes of each element.
  const ELEMENTS: Record<string, { within: string; attributes: Record<string, RegExp> }> = {
    testsuites: { within: "", attributes: {} },
    testsuite: {
      within: "testsuites",
      attributes: {
        name: /./,
        tests: /^\d+$/,
        failures: /^\d+$/,
        errors: /^\d+$/,
        skipped: /^\d+$/,
        time: /^\d+\.\d+$/,
      },
    },
    testcase: { within: "testsuite", attributes: { classname: /./, name: /./, time: /^\d+(\.\d+)?$/ } },
    skipped: { within: "testcase", attributes: {} },
    failure: { within: "testcase", attributes: { message: /./ } },
  }

  test("writes only elements that the schema of JUnit files allows", () => {
    const hard = { name: "Test\"<&>'/]]>\n", output: "]]> \u0007 <failure>" }
    const xml = renderJunit([
      goTest(hard),
      goTest({ ...hard, status: "failed" }),
      goTest({ ...hard, status: "skipped" }),
    ])
    const open: string[] = []
    for (const [, closing, name = "", attributes = "", empty] of xml.matchAll(
      /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g,
    )) {
      if (closing) expect(open.pop()).toBe(name)
      else {
        const element = ELEMENTS[name]
        expect(element?.within, name).toBe(open.at(-1) ?? "")
        const given = Object.fromEntries(
          [...attributes.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
        )
        expect(Object.keys(given)).toEqual(Object.keys(element?.attributes ?? {}))
        for (const [key, shape] of Object.entries(element?.attributes ?? {})) expect(given[key]).toMatch(shape)
        if (!empty) open.push(name)
      }
    }
    expect(open).toEqual([])
    expect(xml.replace(/<[^>]*>/g, "")).not.toMatch(/[<>]/)
  })
})
