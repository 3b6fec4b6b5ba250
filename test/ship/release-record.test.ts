import { describe, expect, test } from "vitest"
import type { Tools } from "../../lib/engine/tool.ts"
import type { Digest, DigestRef } from "../../lib/oci/reference.ts"
import { ReleaseRecord } from "../../lib/ship/record.ts"
import { type Facts, releaseRecord } from "../../lib/ship/release-record.ts"
import { record as example } from "./example-record.ts"

const digest = `sha256:${"0a".repeat(32)}` as Digest
const tools: Tools = { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g" }
const stages = [{ name: "test", startedAt: "2026-11-01T00:00:00.000Z", seconds: 1, status: "failed" as const }]
const start: Facts = { mode: "delivery", repository: "ghcr.io/acme/app" }
const whole: Facts = {
  ...start,
  tests: { status: "skipped" },
  built: { content: { digest, size: 1, manifests: [] }, sizes: new Map(), warnings: [] },
  ref: `ghcr.io/acme/app@${digest}` as DigestRef,
  signature: { signer: "key", checks: [] },
  attestations: [
    { ref: `ghcr.io/acme/app@${digest}` as DigestRef, type: "https://slsa.dev/provenance/v1", status: "attested" },
  ],
  tags: [{ name: "v1", change: "created" }],
  bump: { outcome: { status: "unchanged", commit: "c0ffee", kept: [] }, place: { repo: "r", branch: "b", path: "p" } },
}

describe("the record", () => {
  test("of a whole run has a part for every stage", () => {
    const { stages: _, ...record } = releaseRecord(whole, { stages, tools })
    expect(record).toEqual({
      version: 1,
      ok: true,
      mode: "delivery",
      source: {},
      tests: { status: "skipped" },
      image: { repository: "ghcr.io/acme/app", digest, platforms: [], warnings: [] },
      published: `ghcr.io/acme/app@${digest}`,
      signature: { signer: "key", checks: [] },
      attestations: [
        { subject: `ghcr.io/acme/app@${digest}`, type: "https://slsa.dev/provenance/v1", status: "attested" },
      ],
      tags: [{ name: "v1", change: "created" }],
      bump: { status: "unchanged", commit: "c0ffee", repo: "r", branch: "b", path: "p" },
      tools,
    })
  })

  test("names the CI job that ran it", () => {
    const ci = { system: "github" as const, url: "https://github.com/run/1" }
    expect(releaseRecord({ ...start, ci }, { stages, tools }).ci).toEqual(ci)
  })

  test("of an adopted digest keeps what an earlier run said of it, and has its own tags and times", () => {
    const adopted = { ...example, tags: [], ci: undefined }
    const { ref, signature, tags, bump } = whole
    const facts = { ...start, adopted, inputs: "sha256:1", ref, signature, tags, bump } as Facts
    const record = releaseRecord(facts, { stages, tools })
    expect(record).toMatchObject({
      adopted: true,
      inputs: "sha256:1",
      tests: example.tests,
      scan: example.scan,
      tags,
      stages,
    })
    expect(record.ci).toBeUndefined()
  })

  test("says that no bump was asked for", () => {
    expect(releaseRecord({ ...start, bump: "skipped" }, { stages, tools }).bump).toEqual({ status: "skipped" })
  })

  test("of a run that failed at once has the failure, and nothing that was not done", () => {
    const record = releaseRecord(start, { stages, tools, error: new Error("no") })
    expect(record).toEqual({
      ...{ version: 1, ok: false, mode: "delivery", stages, tools },
      failure: { stage: "test", message: "no" },
    })
  })

  test("says that a stage was stopped by another one's failure, and does not change when it goes on", () => {
    const build = { name: "build", startedAt: "2026-11-01T00:00:00.000Z", seconds: 0, status: "running" as const }
    const record = releaseRecord(start, { stages: [build, ...stages], tools, error: new Error("no") })
    Object.assign(build, { seconds: 9, status: "done" })
    expect(record.stages).toMatchObject([
      { name: "build", seconds: 1, status: "stopped" },
      { name: "test", seconds: 1, status: "failed" },
    ])
    expect(ReleaseRecord.parse(record)).toEqual(record)
  })

  test.each([start, whole])("fits its own schema", (facts) => {
    const record = releaseRecord(facts, { stages, tools, error: undefined })
    expect(ReleaseRecord.parse(record)).toEqual(record)
  })
})
