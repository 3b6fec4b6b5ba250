import { describe, expect, test } from "vitest"
import { commentMarker, newFirst, renderComment } from "../../../lib/ship/preview/comment.ts"
import type { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { compared, digest, record } from "../example-record.ts"

const preview = { tag: "pr-7-f00d", commit: "f00d", url: "https://pr-7.example.com" }
const finding = {
  ...{ id: "CVE-1", severity: "HIGH", package: "zlib", installed: "1", fixed: "2" },
  ...{ platforms: ["linux/arm64"], failing: false },
}
const scan = record.scan as NonNullable<ReleaseRecord["scan"]>

describe("the comment", () => {
  test("names address, digest and findings", () => {
    const findings = [{ ...finding, failing: true }]
    expect(renderComment({ ...record, scan: { ...scan, findings } }, preview).split("\n")).toEqual([
      "### ✅ Preview of `ghcr.io/acme/app`",
      "",
      "| preview | |",
      "| --- | --- |",
      "| address | https://pr-7.example.com |",
      `| image | \`ghcr.io/acme/app@${digest}\` |`,
      "| tag | `pr-7-f00d` |",
      "| commit | `f00d` |",
      "| overlay | prod at `c0ffee` |",
      "| scan | passed, 1 finding |",
      "",
      "<details><summary>Findings (1)</summary>",
      "",
      "| severity | finding | package | installed | fixed in | platforms |",
      "| --- | --- | --- | --- | --- | --- |",
      "| **HIGH** | CVE-1 | zlib | 1 | 2 | linux/arm64 |",
      "",
      "</details>",
      "",
      "All reports are in the run: https://github.com/acme/app/actions/runs/7",
      "",
    ])
  })

  test("counts what is new since the release", () => {
    const text = renderComment(compared, preview)
    expect(text).toMatch(/\| scan \| passed, .*new.*, compared with `/)
    expect(text).toContain("<summary>Findings, new ones first</summary>")
  })

  test("says why there is no preview, without the output of the failed stage", () => {
    const failure = { stage: "scan", code: "GATE_FAILED", message: "GATE_FAILED: token=s3cret @acme/team" }
    const { published: _, bump: __, ...failed } = record
    const text = renderComment({ ...failed, ok: false, failure }, preview)
    expect(text).toContain("### ❌ No preview of this commit: failed in scan (`GATE_FAILED`)")
    expect(text).not.toMatch(/s3cret|@acme|address/)
  })

  test.each(["@acme/admins", "[click](https://evil.example)", "<img src=x>", "a | b", "`code` @team", "#1"])(
    "shows the package %s as text",
    (name) => {
      const text = renderComment({ ...record, scan: { ...scan, findings: [{ ...finding, package: name }] } }, preview)
      const [row = ""] = text.split("\n").filter((line) => line.includes("CVE-1"))
      expect(row.replace(/`[^`]*`/g, "")).not.toMatch(/[@[<#]/)
      expect(row.split(/(?<!\\)\|/)).toHaveLength(8)
    },
  )

  test.each(["https://evil.example/)[x](https://a.example", "https://a.example/@team", "https://a.example/<b>"])(
    "shows the address %s as text",
    (url) => {
      expect(renderComment(record, { ...preview, url })).toContain(`| address | \`${url}\` |`)
    },
  )

  test("shows another address of the run as text", () => {
    const ci = { system: "github" as const, url: "https://a.example/1) @team" }
    expect(renderComment({ ...record, ci }, preview)).toContain("in the run: `https://a.example/1) @team`")
  })

  test("stays below the limit of forges", () => {
    const findings = Array.from({ length: 50 }, () => ({ ...finding, package: "x".repeat(2000) }))
    const text = renderComment({ ...record, scan: { ...scan, findings } }, preview)
    expect(text.length).toBeLessThan(65_000)
    expect(text).toContain("The list of findings is too long for a comment.")
  })
})

test("new findings come first, then those that fail", () => {
  const list = (["unchanged", "new"] as const).flatMap((state) =>
    [false, true].map((failing) => ({ ...finding, state, failing })),
  )
  expect(newFirst(list).map(({ state, failing }) => [state, failing])).toEqual([
    ["new", true],
    ["new", false],
    ["unchanged", true],
    ["unchanged", false],
  ])
})

test("each image of a request has its own comment", () => {
  expect(commentMarker("ghcr.io/acme/app")).toBe("<!-- slipway preview of ghcr.io/acme/app -->")
})
