import { expect, test } from "vitest"
import type { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { renderRelease } from "../../../lib/ship/report/release-text.ts"
import { compared, digest, record, stage } from "../example-record.ts"

test("shows every fact of a delivery, one per line", () => {
  expect(renderRelease({ ...record, adopted: false }).split("\n")).toEqual([
    "source     f00d on main of https://git.example.com/app",
    "run        https://github.com/acme/app/actions/runs/7",
    `bases      of ghcr.io/acme/app@sha256:${"7f".repeat(32)}`,
    `           debian:bookworm-slim moved for linux/amd64: sha256:${"3d".repeat(32)} -> sha256:${"4e".repeat(32)}`,
    "             fixes HIGH CVE-8 in libcap2 (linux/amd64)",
    "tests      go 3 passed in 2.0 s (golang:1.26)",
    `image      ghcr.io/acme/app@${digest}`,
    `           linux/amd64  sha256:${"1b".repeat(32)}  2.3 MB  2 LOW`,
    `           linux/arm64  sha256:${"2c".repeat(32)}  2.2 MB  no findings`,
    "scan       nothing at or above HIGH by Trivy 0.74.0, database of 2026-11-01T00:00:00Z (2 days old)",
    "smoke      linux/amd64  port 8080 answered after 0.2 s, and it was up after 5.0 s",
    "signed by  key",
    `attested   SLSA provenance of ${digest}`,
    "           SPDX SBOM, CycloneDX SBOM of sha256:1b",
    `verified   signature on ${digest}`,
    "tags       f00d (created)",
    "           latest: not earned on fix, only on main",
    "chart      app 1.2.3 of v1.2.3 (created)",
    `           ghcr.io/acme/charts/app@${digest}`,
    "           signature of the chart by key.pub",
    "gitops     c0ffee after 2 tries: prod on main of https://git.example.com/deploy",
    "           -a",
    "           +b",
    "preview    of request 7 at https://pr-7.example.com; comment created: https://github.com/acme/app/pull/7#issuecomment-1",
    "cluster    live after 34 s, 12 min after the source commit",
    "           deployment/shop/hello: 2 of 2 pods are new",
    `           rolled back to ghcr.io/acme/app@${digest} by https://git.example.com/deploy/1`,
    "replicas   mirror.acme.example/hello: copied and verified, tags f00d (created)",
    "caches     from the directory: used, signed by the public key sha256:1",
    "           go (test): fallback, 12.3 MB; saved, 13.0 MB",
    "           /root/.npm (build): skipped (it begins with files of deps)",
    "           exported: written, 25.0 MB",
    "deployment production success, deployment 7, linked artifacts: storage and deployment record",
    "notified   hooks.example.com of success",
    "audit      asked by octocat; 1 secret given to tools; nothing got --kubeconfig",
    "time       test 2.0 s",
    "",
  ])
})

test("begins with ALREADY SHIPPED for a finished release", () => {
  expect(renderRelease(record, { finished: true })).toMatch(/^ALREADY SHIPPED: .*\nPass --force/)
})

test("begins with CONTINUED for an adopted image", () => {
  expect(renderRelease(record)).toMatch(/^CONTINUED: /)
})

test("begins with REHEARSAL for a rehearsal", () => {
  expect(renderRelease({ ...record, mode: "rehearsal" })).toMatch(/^REHEARSAL: nothing left this engine/)
})

test.each([
  { name: "skipped tests", change: { tests: { status: "skipped" as const } }, line: "tests      not tested" },
  { name: "a source without git", change: { source: {} }, line: "source     no git checkout: revision unknown" },
  {
    name: "a deployment that is not recorded",
    change: {
      deployment: {
        environment: "e",
        status: "failed" as const,
        state: "queued" as const,
        message: "FORGE_REFUSED: no",
      },
    },
    line: "deployment NOT RECORDED for e: FORGE_REFUSED: no",
  },
  {
    name: "a webhook that failed",
    change: { notification: { event: "failure" as const, status: "failed" as const, message: "NOTIFY_FAILED: no" } },
    line: "notified   NOT SENT (failure): NOTIFY_FAILED: no",
  },
  {
    name: "uncommitted changes",
    change: { source: { revision: "f00d", dirty: true } },
    line: "source     f00d, with uncommitted changes",
  },
  {
    name: "uncommitted changes by file",
    change: { source: { revision: "f00d", dirty: true, changes: ["model.bin: modified", ".idea/: untracked"] } },
    line: "           model.bin: modified; .idea/: untracked",
  },
  {
    name: "no bump",
    change: { bump: { status: "skipped" as const } },
    line: "gitops     not bumped: gitops.repo is not set",
  },
  {
    name: "an unchanged overlay",
    change: { bump: { status: "unchanged" as const, repo: "r", branch: "main", path: "prod", commit: "c0ffee" } },
    line: "gitops     already at this digest since c0ffee: prod on main of r",
  },
  {
    name: "a superseded bump",
    change: { bump: { status: "superseded" as const, repo: "r", branch: "main", path: "prod", commit: "c0ffee" } },
    line: "gitops     not bumped, c0ffee deploys a newer source commit: prod on main of r",
  },
  {
    name: "a request",
    change: { bump: requested() },
    line: "gitops     https://git/pulls/7 is open: prod on main of r",
  },
  {
    name: "a request with auto-merge",
    change: { bump: requested("waiting") },
    line: "gitops     https://git/pulls/7 is open and will be merged when its checks pass: prod on main of r",
  },
  {
    name: "a request that is merged",
    change: { bump: requested("merged") },
    line: "gitops     https://git/pulls/7 is merged: prod on main of r",
  },
  {
    name: "a warning of the build",
    change: { image: { ...record.image, warnings: ["no .dockerignore"] } },
    line: "warning    no .dockerignore",
  },
])("shows $name in one line", ({ change, line }) => {
  expect(renderRelease({ ...record, ...change }).split("\n")).toContain(line)
})

test("shows the completed stages and the failure of a run whose gate failed", () => {
  const failure = { stage: "scan", code: "GATE_FAILED", message: "GATE_FAILED: expected nothing,\ngot a finding" }
  const { version, mode, source, tests, image, scan, tools } = record
  const finding = {
    id: "CVE-1",
    severity: "HIGH",
    package: "zlib",
    installed: "1",
    fixed: "2",
    platforms: ["linux/arm64"],
    failing: true,
  }
  const stages = [
    { name: "test", ...stage },
    { name: "scan", ...stage, status: "failed" as const },
  ]
  const failed: ReleaseRecord = {
    ...{ version, mode, source, tests, image, tools, stages, failure },
    ok: false,
    scan: { ...scan, verdict: "failed", findings: [finding] },
  }
  expect(renderRelease(failed).split("\n").slice(2)).toEqual([
    `image      ghcr.io/acme/app@${digest}`,
    `           linux/amd64  sha256:${"1b".repeat(32)}  2.3 MB  2 LOW`,
    `           linux/arm64  sha256:${"2c".repeat(32)}  2.2 MB  no findings`,
    "scan       1 finding at or above HIGH by Trivy 0.74.0, database of 2026-11-01T00:00:00Z (2 days old)",
    "time       test 2.0 s · scan 2.0 s",
    "FAILED     in scan",
    "           GATE_FAILED: expected nothing,",
    "           got a finding",
    "",
  ])
})

test("shows known exploits and refused licences, which a count does not", () => {
  const common = { installed: "1", fixed: "", platforms: ["linux/amd64"], severity: "LOW", failing: true }
  const findings = [
    { ...common, id: "CVE-1", package: "zlib", kev: true, epss: 0.9, reason: "known to be exploited" },
    { ...common, id: "GPL-3.0-only", package: "tar", kind: "license", reason: "denied licence" },
    { ...common, id: "CVE-2", package: "sed", failing: false, epss: 0.1 },
  ]
  const gate = "at or above HIGH, known to be exploited or with a licence outside of the policy"
  const lines = renderRelease({ ...record, scan: { ...record.scan, gate, findings } }).split("\n")
  const at = lines.findIndex((line) => line.startsWith("scan "))
  expect(lines[at]).toMatch(new RegExp(`^scan {7}2 findings ${gate} by Trivy`))
  expect(lines.slice(at + 1, at + 4)).toEqual([
    "           LOW CVE-1 in zlib 1: known exploit, EPSS 0.9",
    "           LOW GPL-3.0-only in tar 1: denied licence",
    expect.not.stringContaining("CVE-2"),
  ])
})

function requested(merge: "manual" | "waiting" | "merged" = "manual") {
  const request = { url: "https://git/pulls/7", branch: "slipway/main/1", merge }
  return { status: "requested" as const, repo: "r", branch: "main", path: "prod", commit: "c", diff: "-a\n", request }
}

test("shows what changed since the deployed image", () => {
  const lines = renderRelease(compared).split("\n")
  const at = lines.findIndex((line) => line.startsWith("scan "))
  expect(lines[at]).toMatch(/^scan {7}nothing new at or above HIGH by Trivy /)
  expect(lines.slice(at + 1, at + 6)).toEqual([
    `compared   ${compared.scan.comparison?.deployed}, scanned by Trivy at 2026-10-31T00:00:00Z`,
    "           findings: 0 new, 1 unchanged, 1 fixed",
    "           fixed: HIGH CVE-8 in sed 4",
    "           packages: 0 added, 0 removed, 1 changed",
    "           ~ @acme/tar 1 -> 2 (deb)",
  ])
})

test("begins with NOTHING TO REFRESH and the reason, if a refresh built nothing", () => {
  const refresh = { status: "nothing" as const, reason: "no base image moved", bases: [] }
  const text = renderRelease({ ...record, refresh }, { finished: true })
  expect(text).toMatch(/^NOTHING TO REFRESH: no base image moved\. Nothing was built\.\n/)
  expect(text).not.toContain("ALREADY SHIPPED")
})

test("names the run that ran the tests instead of this one", () => {
  const takenOver = { url: "https://ci.example/7", revision: "c0ffee", at: "2026-06-08T12:00:00Z", signer: "key.pub" }
  const tests = { ...record.tests, takenOver } as ReleaseRecord["tests"]
  expect(renderRelease({ ...record, tests })).toContain(`
tests      go 3 passed in 2.0 s (golang:1.26)
           passed in run https://ci.example/7 (taken over, commit c0ffee, signed by key.pub)
`)
})

test("names the run that scanned the image instead of this one", () => {
  const takenOver = { url: "https://ci.example/7", revision: "c0ffee", at: "2026-06-08T12:00:00Z", signer: "key.pub" }
  const scan = { ...record.scan, takenOver } as ReleaseRecord["scan"]
  expect(renderRelease({ ...record, scan })).toContain(
    "scanned in run https://ci.example/7 (taken over, commit c0ffee, signed by key.pub)",
  )
})
