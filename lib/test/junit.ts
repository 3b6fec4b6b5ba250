import { z } from "zod"
import { parseJson } from "../config/file.ts"
import type { TestCounts } from "./outcome.ts"

/** The default report files of test runners, as patterns of a .dockerignore. */
const JUNIT = [
  "**/junit*.xml",
  "**/*junit.xml",
  "**/TEST-*.xml",
  "**/test-report*.xml",
  "**/test-results/**/*.xml",
  "**/test-results.xml",
  "**/*.trx",
]
const COVERAGE = [
  "**/coverage.out",
  "**/cover.out",
  "**/coverage.xml",
  "**/lcov.info",
  "**/*cobertura*.xml",
  "**/clover.xml",
  "**/jacoco*.xml",
  "**/coverage-final.json",
  "**/coverage-summary.json",
]

/** The patterns of report files; `more` are those of the caller. */
export function reportPatterns(more: string[] = []): { include: string[]; exclude: string[] } {
  return { include: [...JUNIT, ...COVERAGE, ...more], exclude: ["**/node_modules", "**/.venv", "**/vendor"] }
}

/** Whether a file can contain test cases. */
export function mayCountTests(path: string): boolean {
  return /\.(?:xml|trx)$/.test(path)
}

const OPAQUE = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g
const CASE = /<testcase\b(?:"[^"]*"|'[^']*'|[^"'>])*?(?:\/>|>([\s\S]*?)<\/testcase\s*>)/g
const TRX = /<Counters\b([^>]*)>/

/**
 * Counts test cases one by one, because nested <testsuite> elements repeat their totals: https://github.com/testmoapp/junitxml.
 * The .trx of .NET has its totals once, in <Counters>. Undefined for any other file.
 */
export function countTests(xml: string): TestCounts | undefined {
  const text = xml.replace(OPAQUE, "")
  const counters = text.match(TRX)?.[1]
  if (/<TestRun\b/.test(text) && counters !== undefined) return readCounters(counters)
  if (!/<testsuites?\b/.test(text)) return undefined
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const [, body = ""] of text.matchAll(CASE)) counts[statusOf(body)] += 1
  return counts
}

export function addCounts(all: TestCounts[]): TestCounts | undefined {
  if (!all.length) return undefined
  const sum = (key: keyof TestCounts) => all.reduce((total, counts) => total + counts[key], 0)
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") }
}

function statusOf(body: string): keyof TestCounts {
  if (/<(?:failure|error)\b/.test(body)) return "failed"
  return /<skipped\b/.test(body) ? "skipped" : "passed"
}

function readCounters(attributes: string): TestCounts {
  const read = (name: string) => Number(attributes.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0)
  return { passed: read("passed"), failed: read("failed"), skipped: read("notExecuted") }
}

/** A line of `go test -json`: https://pkg.go.dev/cmd/test2json#hdr-Output_Format */
const GoEvent = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Elapsed: z.number().optional(),
  Output: z.string().optional(),
})
type GoEvent = z.infer<typeof GoEvent>

/** The result of one Go test, with its output. */
export type GoTest = {
  package: string
  name: string
  status: "passed" | "failed" | "skipped"
  seconds: number
  output: string
}

type GoReport = { text: string; tests: GoTest[] }

const ENDS: Record<string, GoTest["status"]> = { pass: "passed", fail: "failed", skip: "skipped" }
const NOISE = /^(=== (RUN|PAUSE|CONT|NAME)|\s*--- (PASS|SKIP))/

/**
 * Turns events back into the text that `go test` prints: package lines, and the output of failed tests. Lines that are not
 * events (compiler errors of older releases, `go vet`) stay unchanged.
 */
export function readGoEvents(output: string): GoReport {
  const lines = output.split("\n").map((line) => ({ line, event: readEvent(line) }))
  const tests = readTests(lines.flatMap(({ event }) => (event ? [event] : [])))
  const failed = new Set(
    tests.filter(({ status }) => status === "failed").map((test) => `${test.package} ${test.name}`),
  )
  const shows = (event: GoEvent) => event.Test === undefined || failed.has(testKey(event))
  const text = lines.map(({ line, event }) => {
    if (!event) return `${line}\n`
    return event.Output !== undefined && shows(event) && !NOISE.test(event.Output) ? event.Output : ""
  })
  return { text: `${text.join("").trimEnd()}\n`, tests }
}

function readEvent(line: string): GoEvent | undefined {
  return line.startsWith("{") ? GoEvent.safeParse(parseJson(line)).data : undefined
}

function readTests(events: GoEvent[]): GoTest[] {
  const outputs = new Map<string, string>()
  for (const event of events) {
    if (event.Test) outputs.set(testKey(event), (outputs.get(testKey(event)) ?? "") + (event.Output ?? ""))
  }
  return events.flatMap((event) => {
    const { Action, Package = "", Test: name, Elapsed: seconds = 0 } = event
    const status = ENDS[Action]
    const output = outputs.get(testKey(event)) ?? ""
    return status && name ? [{ package: Package, name, status, seconds, output }] : []
  })
}

function testKey({ Package = "", Test = "" }: GoEvent): string {
  return `${Package} ${Test}`
}

/**
 * Writes JUnit, which CI systems read and Go does not write itself, with one suite for each package:
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

// https://www.w3.org/TR/xml/#charsets: XML allows most control characters not even as escapes.
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, "\uFFFD").replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}
