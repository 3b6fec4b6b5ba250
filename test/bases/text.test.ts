import { expect, test } from "vitest"
import type { BaseMove } from "../../lib/bases/moves.ts"
import { renderBases, renderBasesJson } from "../../lib/bases/text.ts"
import type { Digest, DigestRef } from "../../lib/oci/reference.ts"
import type { MergedFinding } from "../../lib/scan/finding.ts"

const [one, two] = ["1", "2"].map((letter) => `sha256:${letter.repeat(64)}` as Digest) as [Digest, Digest]
const ref = `registry.test/app@${one}` as DigestRef
const fix = { id: "CVE-1", severity: "HIGH", package: "tar", installed: "1", fixed: "2", platforms: ["linux/amd64"] }
const moved = { name: "debian:12", from: one, to: two, status: "moved" as const }
const platforms = [
  { platform: "linux/amd64", status: "changed" as const },
  { platform: "linux/arm64", status: "unknown" as const },
]
const bases: BaseMove[] = [
  { name: `alpine@${one}`, from: one, status: "pinned" },
  { name: "alpine:3", from: one, status: "unmoved" },
  { ...moved, platforms, fixes: [fix as unknown as MergedFinding] },
  { ...moved, name: "busybox:1", platforms: platforms.slice(0, 1), fixes: [] },
  { ...moved, name: "golang:1", platforms: [{ platform: "linux/amd64", status: "unchanged" }] },
]

test("shows every base with its platforms and what the newer one fixes", () => {
  expect(
    renderBases([
      { ref, commit: "f00d", bases },
      { ref, bases: [] },
    ]).split("\n"),
  ).toEqual([
    `${ref}, of the commit f00d`,
    `  alpine@${one}: pinned by its digest, so it cannot move`,
    `  alpine:3: unmoved, ${one}`,
    "  debian:12: moved for linux/amd64, linux/arm64",
    `    ${one} -> ${two}`,
    "    linux/amd64: changed",
    "    linux/arm64: unknown, because the registry has removed the earlier image",
    "    fixes HIGH CVE-1 in tar 1 (linux/amd64)",
    "  busybox:1: moved for linux/amd64",
    `    ${one} -> ${two}`,
    "    linux/amd64: changed",
    "    fixes no finding of the release",
    "  golang:1: moved, but not for these platforms",
    `    ${one} -> ${two}`,
    "    linux/amd64: unchanged",
    ref,
    "  no base image",
    "",
  ])
})

test("is JSON with the same facts for programs", () => {
  expect(JSON.parse(renderBasesJson([{ ref, commit: "f00d", bases: bases.slice(1, 3) }]))).toEqual({
    version: 1,
    images: [
      {
        ...{ ref, commit: "f00d" },
        bases: [
          { name: "alpine:3", digest: one, status: "unmoved" },
          { name: "debian:12", digest: one, status: "moved", current: two, platforms, fixes: [fix] },
        ],
      },
    ],
  })
})
