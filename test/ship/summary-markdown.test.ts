import { describe, expect, test } from "vitest"
import type { ReleaseRecord } from "../../src/ship/record.ts"
import { renderSummary } from "../../src/ship/summary-markdown.ts"
import { digest, record } from "./example-record.ts"

const finding = {
  id: "CVE-1",
  severity: "HIGH",
  package: "zlib",
  installed: "1",
  fixed: "2",
  platforms: ["linux/arm64"],
}

const request = { url: "https://git/pulls/7", branch: "slipway/main/1", merge: "manual" as const }
const bump = { repo: "r", branch: "main", path: "prod", commit: "c0ffee", diff: "-a\n" }

describe("the summary", () => {
  test("of a delivery says everything on one page", () => {
    expect(renderSummary(record).split("\n")).toEqual([
      `## ✅ Shipped \`ghcr.io/acme/app@${digest}\``,
      "",
      "| platform | digest | size | findings |",
      "| --- | --- | --- | --- |",
      `| linux/amd64 | \`sha256:${"1b".repeat(32)}\` | 2.3 MB | 2 LOW |`,
      `| linux/arm64 | \`sha256:${"2c".repeat(32)}\` | 2.2 MB | none |`,
      "",
      "- tests: go 3 passed in 2.0 s (`golang:1.26`)",
      "- scan: passed, 0 at or above HIGH by Trivy 0.74.0, database of 2026-11-01T00:00:00Z",
      "- signed by key",
      "- attested: SLSA provenance, SPDX SBOM, CycloneDX SBOM",
      `- verified: signature on ${digest}`,
      "- tags: `f00d` (created)",
      "- GitOps: bumped `prod` on `main`, commit `c0ffee`",
      "- time: test 2.0 s",
      "",
      "<details><summary>Findings</summary>",
      "",
      "| severity | finding | package | installed | fixed in | platforms |",
      "| --- | --- | --- | --- | --- | --- |",
      "| LOW | CVE-9 | tar | 1 | none | linux/amd64 |",
      "",
      "</details>",
      "",
      "<details><summary>GitOps diff</summary>",
      "",
      "```diff",
      "-a",
      "+b",
      "```",
      "",
      "</details>",
      "",
    ])
  })

  test("of a run that failed begins with what failed", () => {
    const failed: ReleaseRecord = {
      ...{ version: 1, ok: false, mode: "delivery", stages: record.stages, tools: {} },
      failure: { stage: "scan", code: "GATE_FAILED", message: "GATE_FAILED: found ```x```" },
      scan: { ...record.scan, verdict: "failed", findings: [{ ...finding, failing: true }] },
    }
    const lines = renderSummary(failed).split("\n")
    expect(lines.slice(0, 5)).toEqual([
      "## ❌ Not shipped: failed in scan",
      "",
      "````text",
      "GATE_FAILED: found ```x```",
      "````",
    ])
    expect(lines).toContain("- scan: failed, 1 at or above HIGH by Trivy 0.74.0, database of 2026-11-01T00:00:00Z")
    expect(lines).toContain("| **HIGH** | CVE-1 | zlib | 1 | 2 | linux/arm64 |")
  })

  test.each([
    {
      name: "a rehearsal",
      change: { mode: "rehearsal" as const },
      line: `## ✅ Rehearsed \`ghcr.io/acme/app@${digest}\``,
    },
    { name: "no tests", change: { tests: { status: "skipped" as const } }, line: "- tests: not tested" },
    { name: "no bump", change: { bump: { status: "skipped" as const } }, line: "- GitOps: not bumped" },
    {
      name: "a request",
      change: { bump: { ...bump, status: "requested" as const, request } },
      line: "- GitOps: https://git/pulls/7 proposes it: `prod` on `main`, commit `c0ffee`",
    },
    {
      name: "an image that was not scanned",
      change: { image: { ...record.image, platforms: [{ platform: "linux/amd64", digest: "sha256:1", size: 0 }] } },
      line: "| linux/amd64 | `sha256:1` | 0.0 MB | not scanned |",
    },
    {
      name: "a warning with markup, as text",
      change: { image: { ...record.image, warnings: ["a <b>|c"] } },
      line: "> ⚠️ a &#60;b&#62;&#124;c",
    },
  ])("says of $name what it is", ({ change, line }) => {
    expect(renderSummary({ ...record, ...change }).split("\n")).toContain(line)
  })

  test("lists as many findings as a reviewer reads", () => {
    const findings = Array.from({ length: 60 }, (_, at) => ({ ...finding, id: `CVE-${at}`, failing: false }))
    const text = renderSummary({ ...record, scan: { ...record.scan, findings } })
    expect(text.match(/\| CVE-/g)).toHaveLength(50)
    expect(text).toContain("and 10 more")
  })
})
