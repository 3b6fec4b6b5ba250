import { describe, expect, test } from "vitest"
import { type PlatformStart, renderSmoke, requireStarted, type SmokeOutcome } from "../../lib/smoke/outcome.ts"

const passed: PlatformStart = {
  ...{ platform: "linux/amd64", status: "passed", seconds: 6, log: "up\n", services: [] },
  result: "port 8080 answered after 0.2 s, and it was up after 5.0 s",
}
const failed: PlatformStart = {
  ...passed,
  ...{ platform: "linux/arm64", status: "failed", exitCode: 3, log: "" },
  result: "it crashed after 3.0 s with exit code 3",
  fix: "Read its log for the cause.",
}

function messageOf(outcome: SmokeOutcome, inWords?: (text: string) => string): string {
  try {
    requireStarted(outcome, inWords)
    return ""
  } catch (error) {
    return (error as Error).message
  }
}

describe("an image that does not start", () => {
  test("is an error with the platform, the cause and the log", () => {
    const log = Array.from({ length: 60 }, (_, at) => `line ${at + 1}`).join("\n")
    const message = messageOf({ status: "failed", platforms: [passed, { ...failed, log }] })
    const [head, ...rest] = message.split("\n\n")
    expect(head).toBe(
      "SMOKE_FAILED: expected the image to start on linux/arm64, got on linux/arm64: it crashed after 3.0 s with exit code 3. Read its log for the cause. What it needs to start is set by smoke.env, smoke.services and smoke.port in slipway.yaml (alone: --env, --services, --port).",
    )
    expect(rest).toHaveLength(1)
    expect(rest[0]?.split("\n").slice(0, 3)).toEqual([
      "--- log of linux/arm64 ---",
      "(10 earlier lines are in the report)",
      "line 11",
    ])
    expect(rest[0]).toMatch(/line 60$/)
  })

  test("without output says so, and shows the logs of its services", () => {
    const services = [{ name: "db", image: "postgres:17", log: "FATAL\n" }]
    const message = messageOf({ status: "failed", platforms: [{ ...failed, services }] })
    expect(message).toContain(
      "--- log of linux/arm64 ---\n(no output)\n\n--- log of service db (postgres:17) ---\nFATAL",
    )
  })

  test("has its advice in the words of the caller, and its log unchanged", () => {
    const message = messageOf({ status: "failed", platforms: [{ ...failed, log: "smoke.env" }] }, (text) =>
      text.replaceAll("smoke.env", "X"),
    )
    expect(message).toContain("is set by X,")
    expect(message).toMatch(/\nsmoke\.env$/)
  })
})

test.each<SmokeOutcome>([
  { status: "passed", platforms: [passed] },
  { status: "skipped", reason: "smoke is false in slipway.yaml" },
])("returns an outcome that $status", (outcome) => {
  expect(requireStarted(outcome)).toBe(outcome)
})

test("is shown with a line for each platform", () => {
  expect(renderSmoke({ status: "failed", platforms: [passed, failed] })).toBe(
    "linux/amd64  port 8080 answered after 0.2 s, and it was up after 5.0 s\nlinux/arm64  failed: it crashed after 3.0 s with exit code 3\n",
  )
  expect(renderSmoke({ status: "skipped", reason: "smoke is false" })).toBe("not started: smoke is false\n")
})
