import { describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { BUILD_TYPE, type BuildFacts, describeBuild, Provenance } from "../../lib/sign/provenance.ts"

const digest = digestOf("")
const hex = digest.slice("sha256:".length)
const facts: BuildFacts = {
  builderId: "https://github.com/acme/app/actions",
  invocationId: "https://github.com/acme/app/actions/runs/1",
  parameters: { platforms: ["linux/amd64"], target: "app" },
  source: { url: "https://github.com/acme/app", commit: "f00d", dirty: false },
  baseImages: [{ name: "gcr.io/distroless/static:latest", digest }],
  tools: [
    { name: "trivy", image: `aquasec/trivy:0.74.0@${digest}` },
    { name: "crane", image: "mirror.acme.internal/crane:1" },
  ],
  platforms: [{ platform: "linux/amd64", digest }],
  startedAt: new Date("2026-11-01T00:00:00Z"),
  finishedAt: new Date("2026-11-01T00:01:00Z"),
}

describe("the provenance of a build", () => {
  test("says who built what from what, with which parameters, and when", () => {
    expect(describeBuild(facts)).toEqual({
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { platforms: ["linux/amd64"], target: "app" },
        resolvedDependencies: [
          { uri: "git+https://github.com/acme/app", digest: { gitCommit: "f00d" }, annotations: { dirty: false } },
          { uri: "docker://gcr.io/distroless/static:latest", digest: { sha256: hex } },
        ],
      },
      runDetails: {
        builder: {
          id: "https://github.com/acme/app/actions",
          builderDependencies: [
            { name: "trivy", uri: `docker://aquasec/trivy:0.74.0@${digest}`, digest: { sha256: hex } },
            { name: "crane", uri: "docker://mirror.acme.internal/crane:1" },
          ],
        },
        metadata: {
          invocationId: "https://github.com/acme/app/actions/runs/1",
          startedOn: "2026-11-01T00:00:00.000Z",
          finishedOn: "2026-11-01T00:01:00.000Z",
        },
        byproducts: [{ name: "linux/amd64", digest: { sha256: hex } }],
      },
    })
  })

  test.each([
    { name: "a clean tree", source: { commit: "f00d", dirty: false }, dirty: false },
    { name: "uncommitted changes", source: { commit: "f00d", dirty: true }, dirty: true },
    { name: "a tree that nobody looked at", source: { commit: "f00d" }, dirty: "unknown" },
  ])("says of $name what is true", ({ source, dirty }) => {
    const [dependency] = describeBuild({ ...facts, source }).buildDefinition.resolvedDependencies ?? []
    expect(dependency).toEqual({ digest: { gitCommit: "f00d" }, annotations: { dirty } })
  })

  test("claims no source where there was no commit", () => {
    const { buildDefinition } = describeBuild({
      ...facts,
      source: { url: "https://github.com/acme/app" },
      baseImages: [],
    })
    expect(buildDefinition.resolvedDependencies).toEqual([])
  })

  test("has the shape that SLSA asks for, after a trip through JSON too", () => {
    const provenance = describeBuild(facts)
    expect(Provenance.parse(JSON.parse(JSON.stringify(provenance)))).toEqual(provenance)
  })
})
