import { expect, test } from "vitest"
import { NotificationRecord } from "../../../lib/notify/notification.ts"
import { DeploymentRecord } from "../../../lib/ship/record/trace-record.ts"

const deployment = { environment: "production", status: "recorded", state: "queued" }

test("a deployment has a state that every forge has", () => {
  expect(DeploymentRecord.safeParse(deployment).success).toBe(true)
  expect(DeploymentRecord.safeParse({ ...deployment, state: "pending" }).success).toBe(false)
  expect(DeploymentRecord.safeParse({ ...deployment, linked: ["attestation"] }).success).toBe(false)
})

test("a notification says whether it was sent", () => {
  expect(NotificationRecord.safeParse({ event: "success", status: "sent", host: "h" }).success).toBe(true)
  expect(NotificationRecord.safeParse({ event: "success" }).success).toBe(false)
})
