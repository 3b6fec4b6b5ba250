import { expect, test } from "vitest"
import { z } from "zod"
import { parseReport } from "../../src/scan/report.ts"

const Schema = z.object({ count: z.number() })

test("reads what has the shape", () => {
  expect(parseReport(Schema, '{"count":1,"more":true}', "a count")).toEqual({ count: 1 })
})

test.each([
  { name: "another shape", text: '{"count":"1"}' },
  { name: "no JSON", text: "panic: runtime error" },
])("names what was expected when it is $name", ({ text }) => {
  expect(() => parseReport(Schema, text, "a count")).toThrow(/^REPORT_INVALID: expected a count, got .*Invalid input/)
})
