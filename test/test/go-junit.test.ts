import { expect, test } from "vitest"
import type { GoTest } from "../../lib/test/go-events.ts"
import { renderJunit } from "../../lib/test/go-junit.ts"
import { countTests } from "../../lib/test/junit.ts"

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

// Jenkins' junit-10.xsd, as far as it speaks of what is written: which elements may be in which, with which attributes.
const ELEMENTS: Record<string, { within: string; attributes: Record<string, RegExp> }> = {
  testsuites: { within: "", attributes: {} },
  testsuite: {
    within: "testsuites",
    attributes: { name: /./, tests: /^\d+$/, failures: /^\d+$/, errors: /^\d+$/, skipped: /^\d+$/, time: /^\d+\.\d+$/ },
  },
  testcase: { within: "testsuite", attributes: { classname: /./, name: /./, time: /^\d+(\.\d+)?$/ } },
  skipped: { within: "testcase", attributes: {} },
  failure: { within: "testcase", attributes: { message: /./ } },
}

test("is what the schema of JUnit files allows, element by element", () => {
  const hard = { name: "Test\"<&>'/]]>\n", output: "]]> \u0007 <failure>" }
  const xml = renderJunit([goTest(hard), goTest({ ...hard, status: "failed" }), goTest({ ...hard, status: "skipped" })])
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
