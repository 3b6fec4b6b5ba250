import { describe, expect, test } from "vitest"
import type { ShipOptions } from "../../lib/ship/context.ts"
import type { ReleaseRecord } from "../../lib/ship/record/record.ts"
import { beginTitle, endTitle } from "../../lib/ship/ship.ts"
import { digest, record } from "./example-record.ts"

const nothing: ReleaseRecord = { version: 1, ok: true, mode: "rehearsal", stages: [], tools: {} }

describe("the title of an ended stage has its result", () => {
  test.each([
    { stage: "test", title: "test: go 3 passed" },
    { stage: "build", title: `build: ${digest} for linux/amd64, linux/arm64` },
    { stage: "scan", title: "scan: passed, 0 of 1 findings at or above HIGH" },
    { stage: "publish", title: `publish: ghcr.io/acme/app@${digest}` },
    { stage: "sign", title: "sign: by key" },
    { stage: "attest", title: "attest: 3 attestations" },
    { stage: "verify", title: `verify: signature on ${digest}` },
    { stage: "tag", title: "tag: f00d (created)" },
    { stage: "gitops", title: "gitops: bumped by c0ffee" },
    { stage: "open", title: "open: done" },
  ])("$stage", ({ stage, title }) => expect(endTitle(stage, record)).toBe(title))

  test.each([
    { stage: "test", tests: { status: "skipped" as const }, title: "test: skipped" },
    { stage: "tag", tags: [], title: "tag: none" },
    { stage: "gitops", bump: { status: "skipped" as const }, title: "gitops: skipped" },
    { stage: "resume", inputs: "sha256:1", title: "resume: looked up by commit and inputs" },
    { stage: "open", title: "open: a temporary registry, key and repository" },
    { stage: "resume", title: "resume: skipped, because the source has no clean commit" },
    { stage: "scan", title: "scan: done" },
  ])("$title", ({ stage, title, ...known }) => expect(endTitle(stage, { ...nothing, ...known })).toBe(title))
})

test("the title of a running stage has its action, and the name of its service", () => {
  expect(beginTitle("sign")).toBe("sign: signs the image index …")
  expect(beginTitle("sign", { service: "web" })).toBe("web sign: signs the image index …")
  expect(endTitle("tag", record, "web")).toBe("web tag: f00d (created)")
  const options = { sync: { resources: ["deployment/shop/web", "kustomization/a/b"] } } as ShipOptions
  expect(beginTitle("sync", { options })).toBe("sync: waits for deployment/shop/web, kustomization/a/b …")
  expect(beginTitle("something new")).toBe("something new: runs …")
})
