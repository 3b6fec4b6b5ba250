import { describe, expect, test } from "vitest"
import { type ReleasePlan, renderPlan } from "../../../lib/ship/report/plan-text.ts"
import { Scanner } from "../../../src/enums.ts"
import { digest, record } from "../example-record.ts"

const [amd] = record.image.platforms.map(({ platform, digest, size }) => ({ platform, digest, size }))
const plan: ReleasePlan = {
  mode: "delivery",
  source: record.source,
  tests: [{ name: "go", image: "golang:1.26", commands: ["go vet ./...", "go test ./..."] }],
  image: { ...record.image, platforms: amd ? [amd] : [], warnings: ["no .dockerignore"] },
  scanner: Scanner.TRIVY,
  gate: "at or above HIGH",
  attestations: [],
  smoke: ["linux/amd64  port 8080 must answer within 60 s, and it is still up after 5 s"],
  signer: "the public key sha256:7f",
  tags: [
    { name: "f00d", floating: false },
    { name: "latest", floating: true },
  ],
  bump: { repo: "https://git.example.com/deploy", branch: "main", path: "prod", diff: "-a\n+b\n" },
}
const place = { repo: "r", branch: "main", path: "prod" }

describe("the plan", () => {
  test("names the uncommitted changes, which decide about tags", () => {
    const source = { revision: "f00d", dirty: true, changes: ["a: modified"] }
    expect(renderPlan({ ...plan, source })).toContain("\n           a: modified\n           Commit them, or ")
  })

  test("shows every stage in order", () => {
    expect(renderPlan(plan).split("\n")).toEqual([
      "PLAN of a delivery: the image was built to know its digest; nothing was published, signed, tagged or pushed.",
      "",
      "source     f00d on main of https://git.example.com/app",
      "test       go: go vet ./...; go test ./... (golang:1.26)",
      `publish    ghcr.io/acme/app@${digest}`,
      `           linux/amd64  ${amd?.digest}  2.3 MB`,
      "warning    no .dockerignore",
      "scan       each platform with Trivy; a finding at or above HIGH fails the run before anything is published",
      "smoke      linux/amd64  port 8080 must answer within 60 s, and it is still up after 5 s",
      `sign       ${digest} by the public key sha256:7f`,
      `attest     SLSA provenance, release evidence of ${digest}`,
      `           SPDX SBOM, CycloneDX SBOM, vulnerability report of ${amd?.digest}`,
      "tags       f00d, latest (may move)",
      "gitops     prod on main of https://git.example.com/deploy",
      "           -a",
      "           +b",
      "",
    ])
  })

  test.each<{ name: string; change: Partial<ReleasePlan>; line: string }>([
    {
      name: "the replicas",
      change: { replicas: ["mirror.acme.example/app"] },
      line: `replicas   mirror.acme.example/app@${digest}, with signatures, attestations and the same tags`,
    },
    { name: "no tests", change: { tests: [] }, line: "test       not tested" },
    {
      name: "a tag that a newer image keeps",
      change: { tags: [{ name: "latest", floating: true, newer: "beef" }] },
      line: "tags       latest (stays at the newer beef)",
    },
    {
      name: "a tag at an image of another repository",
      change: { tags: [{ name: "latest", floating: true, foreign: "https://git.example/acme/old" }] },
      line: "tags       latest (moves from an image of another repository, https://git.example/acme/old)",
    },
    {
      name: "a tag that is not earned",
      change: { unearned: [{ template: "{semver}", reason: "not earned with uncommitted changes" }] },
      line: "           {semver}: not earned with uncommitted changes",
    },
    {
      name: "a gate for new findings",
      change: { baseline: { ref: `ghcr.io/acme/app@${digest}` } },
      line: "scan       each platform with Trivy; a new finding at or above HIGH fails the run before anything is published",
    },
    {
      name: "the image whose findings are not new",
      change: { baseline: { ref: `ghcr.io/acme/app@${digest}` } },
      line: `           new: not in the signed vulnerability report of ghcr.io/acme/app@${digest}`,
    },
    {
      name: "why every finding is new",
      change: { baseline: { reason: "a rehearsal has no deployed image" } },
      line: "           every finding counts as new: a rehearsal has no deployed image",
    },
    {
      name: "Grype",
      change: { scanner: Scanner.GRYPE },
      line: "scan       each platform with Grype; a finding at or above HIGH fails the run before anything is published",
    },
    {
      name: "the attestations of Grype",
      change: { scanner: Scanner.GRYPE },
      line: `           CycloneDX SBOM, vulnerability report of ${amd?.digest}`,
    },
    { name: "no tags", change: { tags: [] }, line: "tags       none" },
    { name: "no bump", change: { bump: undefined }, line: "gitops     no bump: gitops.repo is not set" },
    {
      name: "a request",
      change: { bump: { ...place, diff: "-a\n", proposal: { noun: "pull request", branch: "slipway/main/1" } } },
      line: "           Would open a pull request from slipway/main/1",
    },
    {
      name: "a digest that is already there",
      change: { bump: { ...place, diff: "" } },
      line: "           no change: the digest is already there",
    },
  ])("shows $name in one line", ({ change, line }) => {
    expect(renderPlan({ ...plan, ...change }).split("\n")).toContain(line)
  })
})
