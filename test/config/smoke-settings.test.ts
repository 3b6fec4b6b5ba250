import { expect, test } from "vitest"
import { Smoke } from "../../lib/config/smoke-settings.ts"

test.each([
  {},
  { port: 8080, path: "/ready", status: 204, env: { MODE: "smoke", LEVEL: 3 }, services: ["db=postgres:17"] },
  { command: "--version", platforms: ["linux/arm64"], seconds: 3600, status: [200, 404] },
])("accepts %j", (settings) => {
  expect(Smoke.parse(settings)).toEqual(settings)
})

test.each([
  { port: 0 },
  { port: "8080" },
  { path: "ready" },
  { status: 600 },
  { status: [] },
  { seconds: 3601 },
  { url: "/" },
])("refuses %j", (settings) => {
  expect(Smoke.safeParse(settings).success).toBe(false)
})
