import { expect, test } from "vitest"
import { parseJson } from "../../lib/config/json.ts"

test.each([
  { text: '{"a":1}', value: { a: 1 } },
  { text: "null", value: null },
  { text: "<html>", value: undefined },
  { text: "", value: undefined },
])("reads $text", ({ text, value }) => {
  expect(parseJson(text)).toEqual(value)
})
