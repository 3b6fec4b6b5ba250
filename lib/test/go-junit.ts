import type { GoTest } from "./go-events.ts"

/**
 * Go writes no JUnit itself, and it is what the user interfaces of CI systems read: one suite for each package.
 * https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
 */
export function renderJunit(tests: GoTest[]): string {
  const packages = [...new Set(tests.map((test) => test.package))]
  const suites = packages.map((name) =>
    suite(
      name,
      tests.filter((test) => test.package === name),
    ),
  )
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...suites, "</testsuites>", ""].join("\n")
}

function suite(name: string, tests: GoTest[]): string {
  const count = (status: GoTest["status"]) => tests.filter((test) => test.status === status).length
  const seconds = tests.reduce((sum, test) => sum + test.seconds, 0).toFixed(3)
  const totals = `tests="${tests.length}" failures="${count("failed")}" errors="0" skipped="${count("skipped")}" time="${seconds}"`
  return [`  <testsuite name="${escapeXml(name)}" ${totals}>`, ...tests.map(testCase), "  </testsuite>"].join("\n")
}

function testCase({ package: suiteName, name, seconds, ...test }: GoTest): string {
  const attributes = `classname="${escapeXml(suiteName)}" name="${escapeXml(name)}" time="${seconds}"`
  const body = testBody(test)
  return body ? `    <testcase ${attributes}>${body}</testcase>` : `    <testcase ${attributes}/>`
}

function testBody({ status, output }: Pick<GoTest, "status" | "output">): string {
  switch (status) {
    case "passed":
      return ""
    case "skipped":
      return "<skipped/>"
    case "failed":
      return `<failure message="failed">${escapeXml(output)}</failure>`
  }
}

// https://www.w3.org/TR/xml/#charsets: most control characters cannot be in XML at all, not even escaped.
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, "\uFFFD").replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}
