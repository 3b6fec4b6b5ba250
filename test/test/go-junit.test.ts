import { expect, test } from "vitest"
import type { GoTest } from "../../src/test/go-events.ts"
import { renderJunit } from "../../src/test/go-junit.ts"
import { countTests } from "../../src/test/junit.ts"

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
  <testsuite name="a/b" tests="2" failures="0" skipped="0">
    <testcase classname="a/b" name="TestA" time="0.5"/>
    <testcase classname="a/b" name="TestB/&lt;sub&gt;" time="0.5"/>
  </testsuite>
  <testsuite name="a/c" tests="1" failures="0" skipped="1">
    <testcase classname="a/c" name="TestA" time="0.5"><skipped/></testcase>
  </testsuite>
</testsuites>
`)
})

test("shows a failed test's output, whatever characters are in it", () => {
  const xml = renderJunit([goTest({ status: "failed", output: 'got "a" & <b>, \u001b[31mred\u0000, 😀' })])
  expect(xml).toContain(
    '<failure message="failed">got &quot;a&quot; &amp; &lt;b&gt;, \uFFFD[31mred\uFFFD, 😀</failure>',
  )
})

test("is counted as what it is", () => {
  const tests = [goTest({}), goTest({ status: "failed" }), goTest({ status: "skipped" })]
  expect(countTests(renderJunit(tests))).toEqual({ passed: 1, failed: 1, skipped: 1 })
})
