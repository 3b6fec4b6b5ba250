import { expect, test } from "vitest"
import { mayCountTests, reportPatterns } from "../../lib/test/report.ts"

test("the caller's patterns come beside those that are always looked for", () => {
  expect(reportPatterns(["screens/**"]).include).toEqual(
    expect.arrayContaining(["**/junit*.xml", "**/lcov.info", "screens/**"]),
  )
  expect(reportPatterns().exclude).toContain("**/node_modules")
})

test("test cases are looked for in XML alone", () => {
  expect(["junit.xml", "a/b.trx", "coverage.out"].filter(mayCountTests)).toEqual(["junit.xml", "a/b.trx"])
})
