import type { TestCounts } from "./outcome.ts"

const OPAQUE = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g
const CASE = /<testcase\b(?:"[^"]*"|'[^']*'|[^"'>])*?(?:\/>|>([\s\S]*?)<\/testcase\s*>)/g
const TRX = /<Counters\b([^>]*)>/

/**
 * Counts test cases one by one: the totals on <testsuite> are repeated on every level that a writer likes to nest.
 * https://github.com/testmoapp/junitxml; the .trx of .NET says it once, in <Counters>. Nothing if it is neither.
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
