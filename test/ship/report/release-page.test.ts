import { describe, expect, test } from "vitest"
import type { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { renderPage } from "../../../lib/ship/report/release-page.ts"
import { compared, digest, record } from "../example-record.ts"

/** The visible text of a page. */
function textOf(page: string): string {
  const body = page.slice(page.indexOf("<body>"))
  const text = body.replace(/<[^>]+>/g, " ").replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  return text.replace(/\s+/g, " ")
}

describe("the page", () => {
  test.each([
    "Shipped",
    `ghcr.io/acme/app@${digest}`,
    "Stages, 2.0 s",
    "test 2.0 s",
    "f00d https://git.example.com/app, branch main",
    "Run https://github.com/acme/app/actions/runs/7",
    "go passed 3 2.0 golang:1.26",
    `linux/amd64 sha256:${"1b".repeat(32)} 2.3 MB 2 LOW`,
    "Threshold HIGH, by Trivy 0.74.0, database of 2026-11-01T00:00:00Z.",
    "LOW CVE-9 tar 1 no fix yet linux/amd64",
    "Signed by key. Tags: f00d (created); latest: not earned on fix, only on main.",
    "CycloneDX SBOM ghcr.io/acme/app@sha256:1b earlier",
    `signature on ${digest}`,
    "bumped: prod on main of https://git.example.com/deploy, commit c0ffee",
    "-a +b",
    "mirror.acme.example/hello copied f00d (created)",
    "trivy trivy@sha256:1",
  ])("contains: %s", (text) => expect(textOf(renderPage(record))).toContain(text))

  test("shows the gate, the lists and the risks, if there are some", () => {
    const [finding] = record.scan.findings
    const scanner = { ...record.scan.scanner, givenLists: ["KEV of today"] }
    const findings = [
      {
        ...finding,
        id: "CVE-1",
        severity: "LOW",
        package: "tar",
        installed: "1",
        fixed: "",
        kev: true,
        platforms: ["linux/amd64"],
        failing: true,
      },
    ]
    const text = textOf(
      renderPage({ ...record, scan: { ...record.scan, scanner, findings, gate: "known to be exploited" } }),
    )
    expect(text).toContain("KEV of today. A finding known to be exploited fails.")
    expect(text).toContain("CVE-1 fails tar 1 no fix yet known exploit linux/amd64")
  })

  test("has no scripts and refers to no other files", () => {
    expect(renderPage(record)).not.toMatch(/<script|<link|<img|src=|@import|url\(/)
  })

  test("shows the duration of a stage that another one's failure stopped", () => {
    const stages = record.stages.map((stage) => ({ ...stage, status: "stopped" as const }))
    expect(textOf(renderPage({ ...record, stages }))).toContain("test 2.0 s, stopped")
  })

  test("links to the request that proposes the bump", () => {
    const request = { url: "https://git/pulls/7", branch: "slipway/main/1", merge: "manual" as const }
    const bump = { repo: "r", branch: "main", path: "prod", commit: "c0ffee", diff: "-a\n" }
    const page = renderPage({ ...record, bump: { ...bump, status: "requested", request } })
    expect(page).toContain('<a href="https://git/pulls/7">https://git/pulls/7</a>')
    expect(textOf(page)).toContain("requested by https://git/pulls/7 : prod on main of r, commit c0ffee -a")
  })

  test("begins with the failure of a failed run, and escapes its text", () => {
    const failed: ReleaseRecord = {
      ...{ version: 1, ok: false, mode: "rehearsal", stages: [], tools: {} },
      failure: { stage: "test", message: "<img src=x onerror=alert(1)>" },
    }
    const page = renderPage(failed)
    expect(page).toContain('<header class="failed">')
    expect(page).not.toContain("<img")
    expect(textOf(page)).toContain("Not shipped A rehearsal: nothing left the engine. Failed in test <img src=x")
  })

  test("marks a failing finding", () => {
    const [finding] = record.scan.findings
    const findings = finding ? [{ ...finding, failing: true }] : []
    expect(textOf(renderPage({ ...record, scan: { ...record.scan, findings } }))).toContain("CVE-9 fails")
  })

  test.each([
    `Compared with ${compared.scan.comparison?.deployed} , scanned by Trivy at 2026-10-31T00:00:00Z.`,
    "linux/arm64 is not deployed yet Findings: 0 new, 1 unchanged, 1 fixed.",
    "HIGH CVE-8 sed 4 linux/amd64",
    "Packages: 0 added, 0 removed, 1 changed. change package type deployed this image platforms changed @acme/tar deb 1 2",
  ])("shows since the deployed image: %s", (text) => {
    expect(textOf(renderPage(compared))).toContain(text)
    expect(textOf(renderPage(record))).not.toContain("Since the deployed image")
  })

  test("marks a new finding", () => {
    const findings = compared.scan.findings.map((finding) => ({ ...finding, state: "new" as const }))
    expect(textOf(renderPage({ ...compared, scan: { ...compared.scan, findings } }))).toContain("CVE-9 (new)")
  })
})

test("names the run that ran the tests instead of this one", () => {
  const takenOver = { url: "https://ci.example/7", revision: "c0ffee", at: "2026-06-08T12:00:00Z", signer: "key.pub" }
  const tests = { ...record.tests, takenOver } as ReleaseRecord["tests"]
  expect(renderPage({ ...record, tests })).toContain(
    "<p>passed in run https://ci.example/7 (taken over, commit c0ffee, signed by key.pub)</p>",
  )
})

test("names the run that scanned the image instead of this one", () => {
  const takenOver = { url: "https://ci.example/7", revision: "c0ffee", at: "2026-06-08T12:00:00Z", signer: "key.pub" }
  const scan = { ...record.scan, takenOver } as ReleaseRecord["scan"]
  expect(renderPage({ ...record, scan })).toContain(
    "<li>scanned in run https://ci.example/7 (taken over, commit c0ffee, signed by key.pub)</li>",
  )
})
