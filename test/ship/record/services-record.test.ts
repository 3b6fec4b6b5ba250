import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import type { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import {
  releaseFields,
  type ServiceOutcome,
  ServicesRecord,
  servicesRecord,
} from "../../../lib/ship/record/services-record.ts"
import { digest, record } from "../example-record.ts"

describe("services record", () => {
  const release = { record }

  test("the published schema equals the record's", () => {
    const file = new URL("../../../lib/ship/services.schema.json", import.meta.url)
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(z.toJSONSchema(ServicesRecord))
  })

  test("has the record of each service, or the deployed reference", () => {
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
})

describe("release fields", () => {
  const place = { repo: "https://git.example.com/deploy", branch: "main", path: "prod", commit: "c0ffee" }

  test("the fields of a release come from its record", () => {
    expect(releaseFields(record)).toEqual({
      ok: true,
      ref: `ghcr.io/acme/app@${digest}`,
      digest,
      repository: "ghcr.io/acme/app",
      commit: "c0ffee",
      tags: ["f00d"],
    })
  })

  test("the fields of stages that were not reached are empty", () => {
    const early: ReleaseRecord = { version: 1, ok: false, mode: "delivery", stages: [], tools: {} }
    const nothing = { ref: "", digest: "", repository: "", commit: "", tags: [] }
    expect(releaseFields(early)).toEqual({ ok: false, ...nothing })
  })

  test("a superseded tag is not a tag of this release", () => {
    const tags = [
      { name: "f00d", change: "unchanged" as const },
      { name: "latest", change: "superseded" as const },
    ]
    expect(releaseFields({ ...record, tags }).tags).toEqual(["f00d"])
  })

  test.each<{ bump: ReleaseRecord["bump"]; commit: string }>([
    { bump: { status: "unchanged", ...place }, commit: "c0ffee" },
    { bump: { status: "superseded", ...place }, commit: "" },
    { bump: { status: "skipped" }, commit: "" },
  ])("the commit of a bump that is $bump.status is '$commit'", ({ bump, commit }) => {
    expect(releaseFields({ ...record, bump }).commit).toBe(commit)
  })

  describe("the fields of several services are those with one value, such as", () => {
    const service = (commit: string) => ({
      status: "shipped" as const,
      release: { ...record, bump: { status: "unchanged" as const, ...place, commit } },
    })
    const run = (services: ServicesRecord["services"]): ServicesRecord => ({ version: 1, ok: true, services })
    const nothing = { ok: true, ref: "", digest: "", repository: "", tags: [] }
    test.each<{ name: string; services: ServicesRecord["services"]; commit: string }>([
      { name: "their one commit", services: { api: service("a"), web: service("a") }, commit: "a" },
      { name: "no commit if they have two", services: { api: service("a"), web: service("b") }, commit: "" },
      {
        name: "the commit of the changed services",
        services: { api: { status: "unchanged" }, web: service("b") },
        commit: "b",
      },
    ])("$name", ({ services, commit }) => {
      expect(releaseFields(run(services))).toEqual({ ...nothing, commit })
    })
  })
})
