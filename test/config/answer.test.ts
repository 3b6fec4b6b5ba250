import { expect, test } from "vitest"
import { isLate } from "../../lib/config/answer.ts"

test.each([
  { name: "what stands in place of an answer that did not come", stderr: "Error: no answer within 60 s", late: true },
  { name: "a tool that says so of somebody else", stderr: "Error: proxy: no answer within 60 s", late: false },
  { name: "a refusal", stderr: "Error: GET https://r.test/v2/: UNAUTHORIZED: who are you", late: false },
  { name: "nothing", stderr: "", late: false },
])("$name is late: $late", ({ stderr, late }) => {
  expect(isLate(stderr)).toBe(late)
})
