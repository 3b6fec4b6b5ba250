import { describe, expect, test } from "vitest"
import type { ReleaseRecord } from "../../lib/ship/record.ts"
import { releaseFields } from "../../lib/ship/release-fields.ts"
import type { ServicesRecord } from "../../lib/ship/services-record.ts"
import { digest, record } from "./example-record.ts"

const place = { repo: "https://git.example.com/deploy", branch: "main", path: "prod", commit: "c0ffee" }

test("a release's fields are those of its record", () => {
  expect(releaseFields(record)).toEqual({
    ok: true,
    ref: `ghcr.io/acme/app@${digest}`,
    digest,
    repository: "ghcr.io/acme/app",
    commit: "c0ffee",
    tags: ["f00d"],
  })
})

test("what a run did not come to is empty", () => {
  const early: ReleaseRecord = { version: 1, ok: false, mode: "delivery", stages: [], tools: {} }
  const nothing = { ref: "", digest: "", repository: "", commit: "", tags: [] }
  expect(releaseFields(early)).toEqual({ ok: false, ...nothing })
})

test("a tag that a newer image keeps is none of this one", () => {
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

describe("of several services only what holds for all is a field", () => {
  const service = (commit: string) => ({
    status: "shipped" as const,
    release: { ...record, bump: { status: "unchanged" as const, ...place, commit } },
  })
  const run = (services: ServicesRecord["services"]): ServicesRecord => ({ version: 1, ok: true, services })
  const nothing = { ok: true, ref: "", digest: "", repository: "", tags: [] }
  test.each<{ name: string; services: ServicesRecord["services"]; commit: string }>([
    { name: "their one commit", services: { api: service("a"), web: service("a") }, commit: "a" },
    { name: "no commit where they have two", services: { api: service("a"), web: service("b") }, commit: "" },
    {
      name: "the commit of those that changed",
      services: { api: { status: "unchanged" }, web: service("b") },
      commit: "b",
    },
  ])("$name", ({ services, commit }) => {
    expect(releaseFields(run(services))).toEqual({ ...nothing, commit })
  })
})
