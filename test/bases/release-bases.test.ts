import { expect, test } from "vitest"
import { releaseBases } from "../../lib/bases/release-bases.ts"
import { type Digest, parseDigestRef } from "../../lib/oci/reference.ts"
import { describeBuild } from "../../lib/sign/provenance.ts"
import { type AttestedStatement, PREDICATE_TYPES } from "../../lib/sign/verification.ts"

const hex = (letter: string) => letter.repeat(64)
const digest = (letter: string) => `sha256:${hex(letter)}` as Digest
const ref = parseDigestRef(`registry.test/app@${digest("d")}`)

function statement(predicate: unknown, { sha256 = hex("d"), name = "registry.test/app" } = {}): AttestedStatement {
  return { type: PREDICATE_TYPES.slsaprovenance1, subjects: [{ sha256, name }], predicate } as AttestedStatement
}

function provenance(letter: string, dirty = false) {
  return describeBuild({
    ...{ builderId: "urn:test:builder", parameters: {}, tools: [], startedAt: new Date(0), finishedAt: new Date(0) },
    source: { url: "https://git.example.com/app", commit: "c0ffee", dirty },
    baseImages: [{ name: "alpine:3", digest: digest(letter) }],
    platforms: [{ platform: "linux/amd64", digest: digest("e") }],
  })
}

test("the latest provenance names source, platforms and base images", () => {
  expect(releaseBases(ref, [statement(provenance("1")), statement(provenance("2", true))])).toEqual({
    ref,
    source: { commit: "c0ffee", dirty: true },
    platforms: ["linux/amd64"],
    bases: [{ name: "alpine:3", digest: digest("2") }],
  })
})

test("a provenance that was copied is read for the repository that was signed", () => {
  const copied = [statement(provenance("1"), { name: "registry.test/first" })]
  expect(releaseBases(ref, copied, "registry.test/first").bases).toHaveLength(1)
  expect(() => releaseBases(ref, copied)).toThrow("the provenance is for registry.test/first")
})

test.each([
  { name: "none", statements: [], got: "none by the signer" },
  {
    name: "one of another image",
    statements: [statement(provenance("1"), { sha256: hex("f") })],
    got: "about another image",
  },
  { name: "one of another shape", statements: [statement({})], got: "one that cannot be read" },
])("refuses $name", ({ statements, got }) => {
  expect(() => releaseBases(ref, statements)).toThrow(/^VERIFICATION_FAILED: /)
  expect(() => releaseBases(ref, statements)).toThrow(got)
})
