import { expect, test } from "vitest"
import { addCounts, countTests } from "../../lib/test/junit.ts"

test.each([
  {
    name: "suites within suites, whose totals repeat",
    xml: `<?xml version="1.0"?><testsuites tests="3" failures="1"><testsuite tests="3"><testsuite tests="2">
      <testcase name="a"/><testcase name="b" time="0.1"><failure message="no">at b</failure></testcase></testsuite>
      <testcase name="c"><skipped/></testcase></testsuite></testsuites>`,
    counts: { passed: 1, failed: 1, skipped: 1 },
  },
  {
    name: "an error, which is a failure too",
    xml: '<testsuite><testcase name="a"><error/></testcase></testsuite>',
    counts: { passed: 0, failed: 1, skipped: 0 },
  },
  {
    name: "names and output that look like markup",
    xml: `<testsuite><testcase name="a > b /> <failure>"><system-out><![CDATA[<failure/></testcase><testcase>]]></system-out></testcase>
      <!-- <testcase name="old"/> --></testsuite>`,
    counts: { passed: 1, failed: 0, skipped: 0 },
  },
  { name: "no test at all", xml: "<testsuites/>", counts: { passed: 0, failed: 0, skipped: 0 } },
  {
    name: "the results of .NET",
    xml: '<TestRun xmlns="x"><ResultSummary><Counters total="5" executed="4" passed="3" failed="1" notExecuted="1" /></ResultSummary></TestRun>',
    counts: { passed: 3, failed: 1, skipped: 1 },
  },
  { name: "a coverage report, which counts no tests", xml: '<coverage line-rate="1"/>', counts: undefined },
])("counts $name", ({ xml, counts }) => {
  expect(countTests(xml)).toEqual(counts)
})

test("adds up files, and knows nothing without any", () => {
  const counts = { passed: 1, failed: 2, skipped: 3 }
  expect(addCounts([counts, counts])).toEqual({ passed: 2, failed: 4, skipped: 6 })
  expect(addCounts([])).toBeUndefined()
})
