import { describe, expect, test } from "vitest"
import type { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { renderSummary } from "../../../lib/ship/report/summary-markdown.ts"
import { compared, digest, record } from "../example-record.ts"

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
  test("shows every fact of a delivery", () => {
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
      "- smoke: linux/amd64 port 8080 answered after 0.2 s, and it was up after 5.0 s",
      "- signed by key",
      "- attested: SLSA provenance, SPDX SBOM, CycloneDX SBOM",
      `- verified: signature on ${digest}`,
      "- tags: `f00d` (created)",
      "- tag `latest`: not earned on fix, only on main",
      `- chart \`app 1.2.3\`: \`ghcr.io/acme/charts/app@${digest}\``,
      "- GitOps: bumped `prod` on `main`, commit `c0ffee`",
      "- preview: `of request 7 at https://pr-7.example.com; comment created: https://github.com/acme/app/pull/7#issuecomment-1`",
      "- cluster: live after 34 s, 12 min after the source commit",
      "- replica mirror.acme.example/hello: copied and verified, tags f00d (created)",
      "- caches: 1 of 2 caches filled, 12.3 MB; exported: written",
      "- deployment: production success, deployment 7, linked artifacts: storage and deployment record",
      "- notified: hooks.example.com of success",
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
      "<details><summary>Caches</summary>",
      "",
      "```text",
      "from the directory: used, signed by the public key sha256:1",
      "go (test): fallback, 12.3 MB; saved, 13.0 MB",
      "/root/.npm (build): skipped (it begins with files of deps)",
      "exported: written, 25.0 MB",
      "```",
      "",
      "</details>",
      "",
      "<details><summary>Audit</summary>",
      "",
      "Asked by octocat in https://github.com/acme/app/actions/runs/7.",
      "",
      "| secret | given to | in |",
      "| --- | --- | --- |",
      `| --git-token | \`kustomize:v5@sha256:${"4d".repeat(32)}\` | gitops |`,
      "| --kubeconfig | nothing | none |",
      "",
      "| stage | configured hosts |",
      "| --- | --- |",
      "| gitops | git.example.com |",
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

  test("has a column of risks if one is known", () => {
    const findings = [
      { ...finding, failing: true, kev: true, epss: 0.9 },
      { ...finding, failing: true, id: "CVE-7" },
    ]
    const scanner = { ...record.scan.scanner, givenLists: ["KEV of today"] }
    const lines = renderSummary({ ...record, scan: { ...record.scan, scanner, findings } }).split("\n")
    expect(lines).toContain("| severity | finding | package | installed | fixed in | risk | platforms |")
    expect(lines.find((line) => line.includes("CVE-1 "))).toContain("| known exploit, EPSS 0.9 | linux/arm64 |")
    expect(lines.find((line) => line.includes("CVE-7"))).toContain("| none known |")
    expect(lines.find((line) => line.startsWith("- scan:"))).toContain(", KEV of today")
  })

  test("begins with the failure of a failed run", () => {
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
      line: "- GitOps: https://git/pulls/7 is open: `prod` on `main`, commit `c0ffee`",
    },
    {
      name: "an image that was not scanned",
      change: { image: { ...record.image, platforms: [{ platform: "linux/amd64", digest: "sha256:1", size: 0 }] } },
      line: "| linux/amd64 | `sha256:1` | 0.0 MB | not scanned |",
    },
    {
      name: "a warning with markup, as text",
      change: { image: { ...record.image, warnings: ["a <b>|c"] } },
      line: "> ⚠️ `a <b>|c`",
    },
    {
      name: "a tag that a newer image keeps",
      change: { tags: [{ name: "latest", change: "superseded" as const, newer: "beef" }] },
      line: "- tags: `latest` (not moved; it is at the newer beef)",
    },
    {
      name: "a request whose address contains markup",
      change: { bump: { ...bump, status: "requested" as const, request: { ...request, url: "https://git/7) @team" } } },
      line: "- GitOps: `https://git/7) @team` is open: `prod` on `main`, commit `c0ffee`",
    },
    {
      name: "a platform with markup, as text",
      change: { image: { ...record.image, platforms: [{ platform: "linux/a|b", digest: "sha256:1", size: 0 }] } },
      line: "| `linux/a\\|b` | `sha256:1` | 0.0 MB | not scanned |",
    },
  ])("shows $name in one line", ({ change, line }) => {
    expect(renderSummary({ ...record, ...change }).split("\n")).toContain(line)
  })

  test.each([
    { name: "an image", text: "![x](https://evil.example/p.png)", cell: "`![x](https://evil.example/p.png)`" },
    { name: "a team", text: "@acme/team", cell: "`@acme/team`" },
    { name: "a link", text: "[x](y)", cell: "`[x](y)`" },
    { name: "a bare address", text: "https://evil.example", cell: "`https://evil.example`" },
    { name: "a bare host", text: "www.evil.example", cell: "`www.evil.example`" },
    { name: "HTML", text: "<img src=x>", cell: "`<img src=x>`" },
    { name: "an entity", text: "&lt;b&gt;", cell: "`&lt;b&gt;`" },
    { name: "emphasis", text: "a*b*_c_~d~", cell: "`a*b*_c_~d~`" },
    { name: "an issue", text: "acme/app#7", cell: "`acme/app#7`" },
    { name: "an issue by its prefix", text: "GH-7", cell: "`GH-7`" },
    { name: "an emoji", text: ":tada:", cell: "`:tada:`" },
    { name: "the end of code", text: "a`b", cell: "`a'b`" },
    { name: "the end of a cell", text: "a|b", cell: "`a\\|b`" },
    { name: "another row", text: "a\nb", cell: "a b" },
    { name: "an escape", text: "a\\|b", cell: "`a\\\\|b`" },
    {
      name: "a common name",
      text: "libc6 2.36-9+deb12u4 (amd64), 1:2.0%",
      cell: "libc6 2.36-9+deb12u4 (amd64), 1:2.0%",
    },
    { name: "other letters", text: "größe 日本", cell: "größe 日本" },
  ])("shows $name of a package as text", ({ text, cell }) => {
    const findings = [{ ...finding, package: text, failing: false }]
    const rows = renderSummary({ ...record, scan: { ...record.scan, findings } }).split("\n")
    expect(rows).toContain(`| HIGH | CVE-1 | ${cell} | 1 | 2 | linux/arm64 |`)
  })

  test("lists at most 50 findings", () => {
    const findings = Array.from({ length: 60 }, (_, at) => ({ ...finding, id: `CVE-${at}`, failing: false }))
    const text = renderSummary({ ...record, scan: { ...record.scan, findings } })
    expect(text.match(/\| CVE-/g)).toHaveLength(50)
    expect(text).toContain("and 10 more")
  })

  test("shows what changed since the deployed image, and no name as markup", () => {
    const lines = renderSummary(compared).split("\n")
    expect(lines).toContain(
      `- compared with \`${compared.scan.comparison?.deployed}\`, scanned by Trivy at 2026-10-31T00:00:00Z: 0 new, 1 unchanged, 1 fixed; packages: 0 added, 0 removed, 1 changed`,
    )
    expect(lines).toContain("| severity | finding | package | installed | fixed in | platforms | state |")
    expect(lines).toContain("| LOW | CVE-9 | tar | 1 | none | linux/amd64 | unchanged |")
    expect(lines).toContain("- HIGH CVE-8 in sed 4")
    expect(lines).toContain("- `~ @acme/tar 1 -> 2 (deb)`")
  })
})

test("names the run that ran the tests instead of this one", () => {
  const takenOver = { url: "https://ci.example/7", revision: "c0ffee", at: "2026-06-08T12:00:00Z", signer: "key.pub" }
  const tests = { ...record.tests, takenOver } as ReleaseRecord["tests"]
  expect(renderSummary({ ...record, tests })).toContain("- tests: passed in run https://ci.example/7 (taken over)")
})

test("names the run that scanned the image instead of this one", () => {
  const takenOver = { url: "https://ci.example/7", revision: "c0ffee", at: "2026-06-08T12:00:00Z", signer: "key.pub" }
  const scan = { ...record.scan, takenOver } as ReleaseRecord["scan"]
  expect(renderSummary({ ...record, scan })).toContain("scanned in run https://ci.example/7 (taken over)")
})
