import { expect, test } from "vitest"
import { oneLine, says } from "../../lib/sync/verdict.ts"

test("a controller's words become one line of at most 300 characters", () => {
  expect(oneLine("1 error occurred:\n\t* pod failed\n\n")).toBe("1 error occurred: * pod failed")
  expect(oneLine("x".repeat(301))).toBe(`${"x".repeat(300)}…`)
})

test("a state without words stands alone", () => {
  expect(says("Degraded", " ")).toBe("Degraded")
  expect(says("Degraded", "no pods\nleft")).toBe("Degraded: no pods left")
})
