import { describe, expect, test } from "vitest"
import { parseSarif } from "../../lib/scan/sarif-log.ts"

const run = (own: object) =>
  JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "Scanner" } }, results: [], ...own }] })

test("a scanner that found nothing found nothing", () => {
  expect(parseSarif(run({ invocations: [{ executionSuccessful: true }] }))).toMatchObject([{ results: [] }])
})

describe("a scanner that broke found not nothing", () => {
  const noDatabase = { level: "error", message: { text: "no vulnerability database" } }
  test.each([
    {
      name: "says that it failed",
      invocation: { executionSuccessful: false },
      got: "one that says of itself that it did not (executionSuccessful: false)",
    },
    {
      name: "says how it ended",
      invocation: { executionSuccessful: false, exitCodeDescription: "database download timed out" },
      got: "database download timed out",
    },
    {
      name: "tells of an error, whatever it says of itself",
      invocation: { executionSuccessful: true, toolExecutionNotifications: [noDatabase] },
      got: '"no vulnerability database"',
    },
    {
      name: "was set up wrongly",
      invocation: { toolConfigurationNotifications: [noDatabase] },
      got: '"no vulnerability database"',
    },
  ])("$name", ({ invocation, got }) => {
    expect(() => parseSarif(run({ invocations: [invocation] }))).toThrow(
      `SCANNER_FAILED: expected a report of a Scanner that did its work, got ${got}. This says nothing about the image`,
    )
  })

  test("also in the second of two runs", () => {
    const runs = [{}, { invocations: [{ executionSuccessful: false }] }].map((own) => JSON.parse(run(own)).runs[0])
    expect(() => parseSarif(JSON.stringify({ version: "2.1.0", runs }))).toThrow(/^SCANNER_FAILED/)
  })

  test("but a mere warning is none", () => {
    const invocations = [{ toolExecutionNotifications: [{ level: "warning", message: { text: "slow" } }] }]
    expect(parseSarif(run({ invocations }))).toHaveLength(1)
  })
})

test.each([
  { name: "nothing", text: "", got: "no JSON" },
  { name: "a scanner's last words", text: "FATAL: no database\n", got: 'no JSON: "FATAL: no database"' },
  { name: "a list", text: "[]", got: "Invalid input: expected object" },
  { name: "another version", text: '{"version":"2.0.0","runs":[]}', got: '✖ Invalid input: expected "2.1.0"' },
  { name: "no run", text: '{"version":"2.1.0","runs":[]}', got: "Too small" },
  { name: "a run without a tool", text: '{"version":"2.1.0","runs":[{}]}', got: "Invalid input: expected object" },
  {
    name: "a run without results, which did not look",
    text: run({ results: undefined }),
    got: "Invalid input: expected array",
  },
  { name: "a result without a rule", text: run({ results: [{}] }), got: "a result names no rule" },
])("$name is no SARIF, which is not the same as no findings", ({ text, got }) => {
  expect(() => parseSarif(text)).toThrow(/^REPORT_INVALID: expected SARIF 2\.1\.0, got /)
  expect(() => parseSarif(text)).toThrow(got)
})
