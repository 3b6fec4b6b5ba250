import { describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { claimedPlatforms, judgeProvenance, unreadProvenance } from "../../lib/sign/provenance-verdict.ts"

const digest = digestOf("")
const sha256 = digest.slice("sha256:".length)
const repository = "ghcr.io/acme/app"
const type = "https://slsa.dev/provenance/v1"
const predicate = (byproducts: unknown) => ({
  buildDefinition: { buildType: "urn:slipway:build:v1", externalParameters: {} },
  runDetails: { builder: { id: "https://acme.example/ci" }, byproducts },
})
const statement = (subjects: { name?: string; sha256?: string }[]) => ({ subjects, type, predicate: {} })

describe("the platforms that a build claims", () => {
  test.each([
    { name: "its byproducts", predicates: [predicate([{ name: "linux/amd64", digest: { sha256 } }])] },
    {
      name: "those of the first that has any",
      predicates: [{}, predicate([]), predicate([{ name: "linux/amd64", digest: { sha256 } }])],
    },
  ])("are $name", ({ predicates }) => {
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
  ])("are not known from $name", ({ predicates }) => {
    expect(claimedPlatforms(predicates.map((predicate) => ({ subjects: [], type, predicate })))).toBeUndefined()
  })
})

describe("a provenance", () => {
  test.each([
    { name: "about this image, here", subjects: [{ name: repository, sha256 }] },
    { name: "about this image, wherever", subjects: [{ sha256 }] },
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

  test("that is there but was not read is refused, and not passed over", () => {
    expect(unreadProvenance([type], { provenance: [], wanted: true })).toEqual([
      "the provenance of the image index could not be read",
    ])
    expect(unreadProvenance([type], { provenance: [], wanted: false })).toEqual([])
    expect(unreadProvenance([], { provenance: [], wanted: true })).toEqual([])
    expect(unreadProvenance([type], { provenance: [statement([])], wanted: true })).toEqual([])
  })

  test("that is not there is judged elsewhere", () => {
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
      reason: "the provenance was made for ghcr.io/evil/app",
    },
  ])("of $name is refused", ({ subjects, reason }) => {
    expect(judgeProvenance([statement(subjects)], { digest, repository })).toEqual([reason])
  })
})
