import { expect, test } from "vitest"
import type { BaseMove } from "../../../lib/bases/moves.ts"
import type { Digest } from "../../../lib/oci/reference.ts"
import type { MergedFinding } from "../../../lib/scan/finding.ts"
import { RefreshRecord, refreshRecord } from "../../../lib/ship/record/refresh-record.ts"

const [from, to] = ["1", "2"].map((letter) => `sha256:${letter.repeat(64)}` as Digest) as [Digest, Digest]
const platforms = [
  { platform: "linux/amd64", status: "changed" as const },
  { platform: "linux/arm64", status: "unchanged" as const },
]
const moved: BaseMove = { name: "debian:12", from, to, status: "moved", platforms }

test("records the platforms that moved, and the findings that are fixed there", () => {
  const finding = { id: "CVE-1", severity: "HIGH", package: "tar", platforms: ["linux/amd64"], title: "long" }
  const fixes = [finding as unknown as MergedFinding]
  const record = refreshRecord({ decision: { status: "due" }, bases: [{ ...moved, fixes }], former: "app@sha256:1" })
  const { title: _, ...fix } = finding
  expect(record).toEqual({
    ...{ status: "due", former: "app@sha256:1" },
    bases: [{ name: "debian:12", from, to, status: "moved", platforms: ["linux/amd64"], fixes: [fix] }],
  })
  expect(RefreshRecord.parse(record)).toEqual(record)
})

test("records an index that moved for other platforms as unmoved, and why there is nothing to do", () => {
  const bases: BaseMove[] = [
    { ...moved, platforms: platforms.slice(1) },
    { name: `alpine@${from}`, from, status: "pinned" },
  ]
  expect(refreshRecord({ decision: { status: "nothing", reason: "no base image moved" }, bases })).toEqual({
    ...{ status: "nothing", reason: "no base image moved" },
    bases: [
      { name: "debian:12", from, status: "unmoved" },
      { name: `alpine@${from}`, from, status: "pinned" },
    ],
  })
})
