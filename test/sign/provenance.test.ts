import { describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import {
  BUILD_TYPES,
  type BuildFacts,
  claimedPlatforms,
  describeBuild,
  judgeProvenance,
  Provenance,
  statedBases,
  statedSource,
  unreadProvenance,
} from "../../lib/sign/provenance.ts"

describe("provenance", () => {
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
    test("contains builder, source, base images, parameters and times", () => {
      expect(describeBuild(facts)).toEqual({
        buildDefinition: {
          buildType: BUILD_TYPES.image,
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
      { name: "a tree of unknown state", source: { commit: "f00d" }, dirty: "unknown" },
    ])("notes $name", ({ source, dirty }) => {
      const [dependency] = describeBuild({ ...facts, source }).buildDefinition.resolvedDependencies ?? []
      expect(dependency).toEqual({ digest: { gitCommit: "f00d" }, annotations: { dirty } })
    })

    test("contains no source without a commit", () => {
      const { buildDefinition } = describeBuild({
        ...facts,
        source: { url: "https://github.com/acme/app" },
        baseImages: [],
      })
      expect(buildDefinition.resolvedDependencies).toEqual([])
    })

    test("matches SLSA's schema, also after JSON serialisation", () => {
      const provenance = describeBuild(facts)
      expect(Provenance.parse(JSON.parse(JSON.stringify(provenance)))).toEqual(provenance)
    })
  })
})

describe("provenance verdict", () => {
  const digest = digestOf("")
  const sha256 = digest.slice("sha256:".length)
  const repository = "ghcr.io/acme/app"
  const type = "https://slsa.dev/provenance/v1"
  const predicate = (byproducts: unknown) => ({
    buildDefinition: { buildType: "urn:slipway:build:v1", externalParameters: {} },
    runDetails: { builder: { id: "https://acme.example/ci" }, byproducts },
  })
  const statement = (subjects: { name?: string; sha256?: string }[]) => ({ subjects, type, predicate: {} })

  describe("platforms of a provenance", () => {
    test.each([
      { name: "its byproducts", predicates: [predicate([{ name: "linux/amd64", digest: { sha256 } }])] },
      {
        name: "the first provenance with byproducts",
        predicates: [{}, predicate([]), predicate([{ name: "linux/amd64", digest: { sha256 } }])],
      },
    ])("are read from $name", ({ predicates }) => {
      const statements = predicates.map((predicate) => ({ subjects: [], type, predicate }))
      expect(claimedPlatforms(statements)).toEqual([{ platform: "linux/amd64", digest }])
    })

    test.each([
      { name: "no provenance", predicates: [] },
      {
        name: "a provenance of another shape",
        predicates: [{ byproducts: [{ name: "linux/amd64", digest: { sha256 } }] }],
      },
      { name: "a byproduct without digest", predicates: [predicate([{ name: "linux/amd64" }])] },
    ])("are unknown with $name", ({ predicates }) => {
      expect(claimedPlatforms(predicates.map((predicate) => ({ subjects: [], type, predicate })))).toBeUndefined()
    })
  })

  describe("a provenance", () => {
    test.each([
      { name: "about this image in this repository", subjects: [{ name: repository, sha256 }] },
      { name: "about this image in any repository", subjects: [{ sha256 }] },
      {
        name: "about this image among others",
        subjects: [
          { name: "x", sha256: "0b" },
          { name: repository, sha256 },
        ],
      },
    ])("$name is accepted", ({ subjects }) => {
      expect(judgeProvenance([statement(subjects)], { digest, repository })).toEqual([])
    })

    test("that exists but cannot be read is refused", () => {
      expect(unreadProvenance([type], { provenance: [], wanted: true })).toEqual([
        "the provenance of the image index cannot be read",
      ])
      expect(unreadProvenance([type], { provenance: [], wanted: false })).toEqual([])
      expect(unreadProvenance([], { provenance: [], wanted: true })).toEqual([])
      expect(unreadProvenance([type], { provenance: [statement([])], wanted: true })).toEqual([])
    })

    test("that does not exist is not judged here", () => {
      expect(judgeProvenance([], { digest, repository })).toEqual([])
    })

    test.each([
      {
        name: "another image",
        subjects: [{ name: repository, sha256: "0b" }],
        reason: "the provenance is about another image",
      },
      {
        name: "another repository",
        subjects: [{ name: "ghcr.io/evil/app", sha256 }],
        reason: "the provenance is for ghcr.io/evil/app",
      },
    ])("about $name is refused", ({ subjects, reason }) => {
      expect(judgeProvenance([statement(subjects)], { digest, repository })).toEqual([reason])
    })
  })
})

test("states the source, and every base image by its name in the Dockerfile", () => {
  const hex = "0a".repeat(32)
  const dependencies: Provenance["buildDefinition"]["resolvedDependencies"] = [
    { uri: "git+https://git.example.com/app", digest: { gitCommit: "f00d" }, annotations: { dirty: false } },
    { uri: "docker://alpine:3", digest: { sha256: hex } },
    { uri: "docker://broken", digest: { sha256: "0a" } },
  ]
  const definition = { buildType: "urn:t", externalParameters: {}, resolvedDependencies: dependencies }
  const provenance = { buildDefinition: definition, runDetails: { builder: { id: "urn:b" } } }
  expect(statedBases(provenance)).toEqual([{ name: "alpine:3", digest: `sha256:${hex}` }])
  expect(statedSource(provenance)).toEqual({ commit: "f00d", dirty: false })
  const without = { ...provenance, buildDefinition: { buildType: "urn:t", externalParameters: {} } }
  expect(statedSource(without)).toEqual({ dirty: true })
  expect(statedBases(without)).toEqual([])
})
