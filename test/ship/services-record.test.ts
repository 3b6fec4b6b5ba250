import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { z } from "zod"
import { type ServiceOutcome, ServicesRecord, servicesRecord } from "../../lib/ship/services-record.ts"
import { record } from "./example-record.ts"

const release = { record }

test("the published schema is that of the record", () => {
  const file = new URL("../../lib/ship/services.schema.json", import.meta.url)
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(z.toJSONSchema(ServicesRecord))
})

test("has each service's own record, or what is deployed", () => {
  const services = new Map<string, ServiceOutcome>([
    ["api", { status: "shipped", release }],
    ["web", { status: "unchanged", deployed: "ghcr.io/acme/web@sha256:1" }],
  ])
  const whole = servicesRecord(services)
  expect(whole).toEqual({
    version: 1,
    ok: true,
    services: {
      api: { status: "shipped", release: record },
      web: { status: "unchanged", deployed: "ghcr.io/acme/web@sha256:1" },
    },
  })
  expect(ServicesRecord.parse(whole)).toEqual(whole)
})

test.each<[ServiceOutcome["status"], boolean]>([
  ["shipped", true],
  ["finished", true],
  ["unchanged", true],
  ["failed", false],
  ["held", false],
])("a run with a service that is %s is ok: %s", (status, ok) => {
  const services = new Map<string, ServiceOutcome>([
    ["api", { status: "shipped", release }],
    ["web", { status, release }],
  ])
  expect(servicesRecord(services).ok).toBe(ok)
})
