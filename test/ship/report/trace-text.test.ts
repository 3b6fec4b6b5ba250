import { describe, expect, test } from "vitest"
import { auditLines, deploymentText, notificationText } from "../../../lib/ship/report/trace-text.ts"
import { record } from "../example-record.ts"

describe("a deployment in one line", () => {
  const deployment = { environment: "production", status: "recorded", state: "queued" } as const
  test.each([
    { name: "queued", change: {}, text: "production queued" },
    { name: "numbered", change: { state: "success" as const, id: 7 }, text: "production success, deployment 7" },
    {
      name: "linked",
      change: { linked: ["storage" as const] },
      text: "production queued, linked artifacts: storage record",
    },
    {
      name: "not recorded, in capitals",
      change: { status: "failed" as const, message: "FORGE_REFUSED: no" },
      text: "NOT RECORDED for production: FORGE_REFUSED: no",
    },
  ])("$name", ({ change, text }) => expect(deploymentText({ ...deployment, ...change })).toBe(text))
})

test("a message in one line is its host and event, or why it was not sent", () => {
  expect(notificationText({ event: "failure", status: "sent", host: "h" })).toBe("h of failure")
  const failed = { event: "success", status: "failed", message: "NOTIFY_FAILED: no" } as const
  expect(notificationText(failed)).toBe("NOT SENT (success): NOTIFY_FAILED: no")
})

describe("the audit in one line", () => {
  test("counts the secrets, and names those that nothing got", () => {
    expect(auditLines(record)).toEqual(["asked by octocat; 1 secret given to tools; nothing got --kubeconfig"])
  })

  test("is left out without secrets and without a user", () => {
    const { actor: _, ...ci } = record.ci
    expect(auditLines({ ci, audit: { secrets: [], unused: [], hosts: [] } })).toEqual([])
    expect(auditLines({ audit: { ...record.audit, unused: [] } })).toEqual(["1 secret given to tools"])
  })
})
