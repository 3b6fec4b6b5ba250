import { describe, expect, test } from "vitest"
import { serviceSettings } from "../../lib/config/services.ts"
import { Deployments, Notify } from "../../lib/config/trace-settings.ts"

describe("the settings of a webhook", () => {
  test.each([
    { name: "nothing, with an address that is a secret", notify: {} },
    { name: "all", notify: { url: "https://hooks.example/a", format: "teams", on: ["failure"], timeout: 5 } },
  ])("may be $name", ({ notify }) => expect(Notify.safeParse(notify).success).toBe(true))

  test.each([
    { name: "an address that is none", notify: { url: "hooks.example" } },
    { name: "another scheme", notify: { url: "file:///etc/passwd" } },
    { name: "no event", notify: { on: [] } },
    { name: "an unknown event", notify: { on: ["always"] } },
    { name: "a minute and more", notify: { timeout: 61 } },
  ])("are refused with $name", ({ notify }) => expect(Notify.safeParse(notify).success).toBe(false))
})

test("deployments need an environment, and a forge that records them", () => {
  expect(Deployments.safeParse({ environment: "production" }).success).toBe(true)
  expect(Deployments.safeParse({}).success).toBe(false)
  expect(Deployments.safeParse({ environment: "production", forge: "gitea" }).success).toBe(false)
})

test("each service has an environment of its own", () => {
  const settings = { deployments: { environment: "production", linkedArtifacts: true }, services: { api: {}, web: {} } }
  const environments = [...serviceSettings(settings).values()].map(({ deployments }) => deployments)
  expect(environments).toEqual([
    { environment: "production/api", linkedArtifacts: true },
    { environment: "production/web", linkedArtifacts: true },
  ])
})
