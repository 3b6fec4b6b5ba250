import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { chooseEvent, firstLine, Notification } from "../../lib/notify/notification.ts"

test("the published schema equals the notification's", () => {
  const file = new URL("../../lib/notify/notification.schema.json", import.meta.url)
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(z.toJSONSchema(Notification))
})

const found = [{ newFindings: [{ id: "CVE-1", severity: "HIGH", package: "a", installed: "1" }] }]
const all = ["failure", "success", "newFindings"] as const

describe("the event of a run", () => {
  test.each([
    { name: "a success", ok: true, subjects: [{}], on: all, event: "success" },
    { name: "a failure", ok: false, subjects: [{}], on: all, event: "failure" },
    { name: "a success with new findings", ok: true, subjects: found, on: all, event: "newFindings" },
    { name: "a failure with new findings", ok: false, subjects: found, on: all, event: "failure" },
    { name: "a failure that is not told", ok: false, subjects: found, on: ["newFindings"], event: "newFindings" },
    { name: "new findings that are not told", ok: true, subjects: found, on: ["success"], event: "success" },
    { name: "a success that is not told", ok: true, subjects: [{}], on: ["failure"], event: undefined },
    { name: "a failure where only success is told", ok: false, subjects: [{}], on: ["success"], event: undefined },
    {
      name: "an empty list of findings",
      ok: true,
      subjects: [{ newFindings: [] }],
      on: ["newFindings"],
      event: undefined,
    },
  ] as const)("is that of $name", ({ ok, subjects, on, event }) => {
    expect(chooseEvent({ ok, subjects: [...subjects] } as never, [...on])).toBe(event)
  })
})

test("an error is told by its first line, shortened", () => {
  expect(firstLine("TESTS_FAILED: expected tests to pass.\nPASSWORD=hunter2")).toBe(
    "TESTS_FAILED: expected tests to pass.",
  )
  expect(firstLine("x".repeat(400))).toBe(`${"x".repeat(300)}…`)
})
