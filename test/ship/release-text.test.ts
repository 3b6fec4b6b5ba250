import { expect, test } from "vitest"
import type { ReleaseRecord } from "../../src/ship/record.ts"
import { renderRelease } from "../../src/ship/release-text.ts"

const digest = `sha256:${"0a".repeat(32)}`
const record: ReleaseRecord = {
  version: 1,
  mode: "delivery",
  source: { revision: "f00d", branch: "main", dirty: false, url: "https://git.example.com/app" },
  tests: { status: "passed", runners: [{ name: "go", image: "golang:1.26", tests: 3, seconds: 2.04 }] },
  buildWarnings: [],
  repository: "ghcr.io/acme/app",
  digest,
  platforms: [
    { platform: "linux/amd64", digest: `sha256:${"1b".repeat(32)}`, size: 2_300_000, findings: { HIGH: 0, LOW: 2 } },
    { platform: "linux/arm64", digest: `sha256:${"2c".repeat(32)}`, size: 2_200_000, findings: {} },
  ],
  scan: {
    scanner: {
      name: "Trivy",
      vendor: "Aqua Security",
      uri: "https://trivy.dev",
      version: "0.74.0",
      looksFor: ["vuln"],
      database: { updatedAt: "2026-11-01T00:00:00Z", age: 50 },
    },
    threshold: "HIGH",
    excepted: [],
    warnings: [],
  },
  signature: { signer: "key", checks: [`signature on ${digest}`] },
  tags: [{ name: "f00d", change: "created" }],
  bump: {
    status: "bumped",
    repo: "https://git.example.com/deploy",
    branch: "main",
    path: "prod",
    commit: "c0ffee",
    diff: "-a\n+b\n",
    tries: 2,
  },
  stages: [{ name: "test", startedAt: "2026-11-01T00:00:00.000Z", seconds: 2.04 }],
}

test("says everything of a delivery, a line each", () => {
  expect(renderRelease(record).split("\n")).toEqual([
    "source     f00d on main of https://git.example.com/app",
    "tests      go 3 passed in 2.0 s (golang:1.26)",
    `image      ghcr.io/acme/app@${digest}`,
    `           linux/amd64  sha256:${"1b".repeat(32)}  2.3 MB  2 LOW`,
    `           linux/arm64  sha256:${"2c".repeat(32)}  2.2 MB  no findings`,
    "scan       nothing at or above HIGH by Trivy 0.74.0, database of 2026-11-01T00:00:00Z (2 days old)",
    "signed by  key",
    `verified   signature on ${digest}`,
    "tags       f00d (created)",
    "gitops     c0ffee after 2 tries: prod on main of https://git.example.com/deploy",
    "           -a",
    "           +b",
    "time       test 2.0 s",
    "",
  ])
})

test("a rehearsal says so first", () => {
  expect(renderRelease({ ...record, mode: "rehearsal" })).toMatch(/^REHEARSAL: nothing left this engine/)
})

test.each([
  { name: "skipped tests", change: { tests: { status: "skipped" as const } }, line: "tests      not tested" },
  { name: "a source without git", change: { source: {} }, line: "source     no git checkout: revision unknown" },
  {
    name: "uncommitted changes",
    change: { source: { revision: "f00d", dirty: true } },
    line: "source     f00d, with uncommitted changes",
  },
  {
    name: "no bump",
    change: { bump: { status: "skipped" as const } },
    line: "gitops     not bumped: no --gitops-repo was given",
  },
  {
    name: "an overlay that was there already",
    change: { bump: { status: "unchanged" as const, repo: "r", branch: "main", path: "prod", commit: "c0ffee" } },
    line: "gitops     already at this digest since c0ffee: prod on main of r",
  },
  {
    name: "a newer release",
    change: { bump: { status: "superseded" as const, repo: "r", branch: "main", path: "prod", commit: "c0ffee" } },
    line: "gitops     left alone, a newer source commit is there with c0ffee: prod on main of r",
  },
  {
    name: "a warning of the build",
    change: { buildWarnings: ["no .dockerignore"] },
    line: "warning    no .dockerignore",
  },
])("says $name plainly", ({ change, line }) => {
  expect(renderRelease({ ...record, ...change }).split("\n")).toContain(line)
})
