import { describe, expect, test } from "vitest"
import type { BumpOutcome } from "../../lib/gitops/outcome.ts"
import type { PlatformManifest } from "../../lib/oci/layout.ts"
import type { Digest } from "../../lib/oci/reference.ts"
import type { Assessment } from "../../lib/scan/assessment.ts"
import { bumpRecord, imageRecord, scanRecord, sourceRecord, testRecord } from "../../lib/ship/stage-records.ts"
import type { TestResults } from "../../lib/test/outcome.ts"

const digest = (byte: string) => `sha256:${byte.repeat(32)}` as Digest
const finding = { kind: "vulnerability", path: "", layer: "os", purl: "", title: "", url: "" }
const zlib = {
  ...{ ...finding, id: "CVE-2", severity: "HIGH", package: "zlib", installed: "1", fixed: "2" },
  platforms: ["linux/arm64"],
}
const tar = { ...finding, id: "CVE-3", severity: "LOW", package: "tar", installed: "1", fixed: "", platforms: [] }
const assessment = {
  verdict: "failed",
  scanner: { name: "Trivy", version: "0.74.0", vendor: "Aqua Security", uri: "", looksFor: ["vuln"] },
  findings: [zlib, tar],
  failing: [zlib],
  rules: { threshold: "HIGH" },
  platforms: [{ platform: "linux/amd64", digest: digest("1b"), distribution: "debian 12", findings: { LOW: 2 } }],
  suppressed: [
    {
      finding: { id: "CVE-1", package: "libcap2", installed: "1" },
      reason: "unused",
      source: "exceptions",
      expires: "2027-01-01",
    },
  ],
  warnings: ["old"],
} as unknown as Assessment

describe("the source", () => {
  test("without git is unknown", () => expect(sourceRecord()).toEqual({}))
  test.each([
    { branch: "main", url: "https://git.example.com/app" },
    { branch: undefined, url: undefined },
  ])("is its commit, on %o", ({ branch, url }) => {
    const revision = { commit: "f00d", time: 1, tags: [], dirty: true, ...(branch && { branch }), ...(url && { url }) }
    expect(sourceRecord(revision)).toEqual({ revision: "f00d", dirty: true, ...(branch && { branch, url }) })
  })
  test("with uncommitted changes names them", () => {
    const revision = { commit: "f00d", time: 1, tags: [], dirty: true, changes: ["a: modified"] }
    expect(sourceRecord(revision)).toEqual({ revision: "f00d", dirty: true, changes: ["a: modified"] })
  })
})

describe("the tests", () => {
  test("that were skipped were not run", () => expect(testRecord({ status: "skipped" })).toEqual({ status: "skipped" }))
  test("have a count where the runner wrote it down", () => {
    const runner = { image: "golang:1.26", commands: [], status: "passed", seconds: 2, output: "ok" }
    const counted = { ...runner, name: "go", counts: { passed: 3, failed: 0, skipped: 0 } }
    const outcome = { status: "passed", services: [], runners: [counted, { ...runner, name: "node" }] }
    expect(testRecord(outcome as unknown as TestResults)).toEqual({
      status: "passed",
      runners: [
        { name: "go", image: "golang:1.26", status: "passed", seconds: 2, tests: 3 },
        { name: "node", image: "golang:1.26", status: "passed", seconds: 2 },
      ],
    })
  })
})

describe("the image", () => {
  const manifests = [
    { platform: "linux/amd64", digest: digest("1b") },
    { platform: "linux/arm64", digest: digest("2c") },
  ] as PlatformManifest[]
  const content = { digest: digest("0a"), size: 1, manifests }
  const built = { content, sizes: new Map([[digest("1b"), 7]]), warnings: ["no .dockerignore"] }
  const platforms = [
    { platform: "linux/amd64", digest: digest("1b"), size: 7 },
    { platform: "linux/arm64", digest: digest("2c"), size: 0 },
  ]
  const image = { repository: "ghcr.io/acme/app", digest: digest("0a"), platforms, warnings: ["no .dockerignore"] }

  test("before its scan has no findings, which is not the same as none", () => {
    expect(imageRecord(built, { repository: "ghcr.io/acme/app" })).toEqual(image)
  })

  test("has each platform's own findings, and none for one that was not scanned", () => {
    const [amd, arm] = platforms
    expect(imageRecord(built, { repository: "ghcr.io/acme/app", scan: assessment })).toEqual({
      ...image,
      platforms: [{ ...amd, findings: { LOW: 2 } }, arm],
    })
  })
})

test("the scan says who looked, what failed from which severity on, and what was excepted", () => {
  expect(scanRecord(assessment)).toEqual({
    verdict: "failed",
    scanner: { name: "Trivy", version: "0.74.0" },
    threshold: "HIGH",
    findings: [
      {
        ...{ id: "CVE-2", severity: "HIGH", package: "zlib", installed: "1", fixed: "2" },
        ...{ platforms: ["linux/arm64"], failing: true },
      },
      { id: "CVE-3", severity: "LOW", package: "tar", installed: "1", fixed: "", platforms: [], failing: false },
    ],
    excepted: ["excepted: CVE-1 in libcap2 1: unused (exceptions, until 2027-01-01)"],
    warnings: ["old"],
  })
})

describe("the bump", () => {
  const place = { repo: "https://git.example.com/deploy", branch: "main", path: "prod" }
  test("that was made has its diff and its tries", () => {
    const bumped = { status: "bumped", commit: "c0ffee", diff: "-a\n+b", files: ["f"], changes: [], tries: 2 }
    const outcome = { ...bumped, overtaken: [], answerLost: false, kept: [] } as BumpOutcome
    expect(bumpRecord(outcome, place)).toEqual({
      ...place,
      status: "bumped",
      commit: "c0ffee",
      diff: "-a\n+b",
      tries: 2,
    })
  })
  test("that is proposed names its request", () => {
    const request = { url: "https://git/7", branch: "slipway/main/1", merge: "waiting" as const }
    const proposed = { noun: "pull request", how: "opened" as const, ...request }
    const outcome = { status: "requested" as const, commit: "c", diff: "-a", files: [], changes: [], kept: [] }
    const record = { ...place, status: "requested", commit: "c", diff: "-a", request }
    expect(bumpRecord({ ...outcome, request: proposed }, place)).toEqual(record)
  })
  test.each(["unchanged", "superseded"] as const)("that was %s has the commit that is there", (status) => {
    expect(bumpRecord({ status, commit: "c0ffee", kept: [] }, place)).toEqual({ ...place, status, commit: "c0ffee" })
  })
})
