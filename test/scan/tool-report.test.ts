import { expect, test } from "vitest"
import { z } from "zod"
import { parseReport } from "../../lib/scan/tool-report.ts"

const Schema = z.object({ count: z.number() })

test("reads what has the shape", () => {
  expect(parseReport(Schema, '{"count":1,"more":true}', { what: "a count" })).toEqual({ count: 1 })
})

test.each([
  { name: "another shape", text: '{"count":"1"}', got: "✖ Invalid input: expected number, received string" },
  { name: "no JSON", text: "panic: runtime error\ngoroutine 1", got: 'no JSON: "panic: runtime error"' },
  { name: "nothing", text: "\n", got: "no JSON, but an empty text" },
])("says what it got instead when it is $name", ({ text, got }) => {
  expect(() => parseReport(Schema, text, { what: "a count" })).toThrow(`REPORT_INVALID: expected a count, got ${got}`)
})
