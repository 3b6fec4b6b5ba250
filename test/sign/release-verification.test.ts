import { describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { judgeRelease, type PlatformEvidence, type ReleaseExpectation } from "../../lib/sign/release-verification.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"

const { slsaprovenance1, spdxjson, vuln } = PREDICATE_TYPES
const amd: PlatformEvidence = { platform: "linux/amd64", digest: digestOf("amd"), types: [spdxjson, vuln] }
const arm: PlatformEvidence = { platform: "linux/arm64", digest: digestOf("arm"), types: [spdxjson, vuln] }
const found = { indexTypes: [slsaprovenance1], platforms: [amd, arm] }
const expected: ReleaseExpectation = {
  platforms: ["linux/amd64", "linux/arm64"],
  scanned: [amd, arm],
  indexTypes: [slsaprovenance1],
  platformTypes: [spdxjson, vuln],
}

describe("a complete release", () => {
  test.each([
    { name: "with the expected platforms and attestations", change: {} },
    { name: "with the scanned platforms if none are expected", change: { platforms: [] } },
    { name: "with any platforms if none are expected or scanned", change: { platforms: [], scanned: undefined } },
  ])("is accepted $name", ({ change }) => expect(judgeRelease(found, { ...expected, ...change })).toEqual([]))
})

describe("an incomplete release", () => {
  test.each<{ name: string; found: Partial<typeof found>; reasons: string[] }>([
    {
      name: "without provenance",
      found: { indexTypes: [] },
      reasons: ["the image index has no SLSA provenance by the signer"],
    },
    {
      name: "without one attestation on one platform",
      found: { platforms: [amd, { ...arm, types: [spdxjson] }] },
      reasons: ["linux/arm64 has no vulnerability report by the signer"],
    },
    {
      name: "without any platform",
      found: { platforms: [] },
      reasons: [
        "the image index lists no image",
        "linux/amd64 is missing in the index",
        "linux/arm64 is missing in the index",
      ],
    },
    { name: "without a platform", found: { platforms: [amd] }, reasons: ["linux/arm64 is missing in the index"] },
    {
      name: "with an unexpected platform",
      found: { platforms: [amd, arm, { ...arm, platform: "linux/riscv64" }] },
      reasons: ["linux/riscv64 is in the index, but not among the expected platforms"],
    },
    {
      name: "with a platform twice",
      found: { platforms: [amd, arm, arm] },
      reasons: ["linux/arm64 is in the index twice"],
    },
    {
      name: "with an image that was not scanned",
      found: { platforms: [amd, { ...arm, digest: digestOf("other") }] },
      reasons: [`linux/arm64 is ${digestOf("other")}, but ${arm.digest} was scanned`],
    },
  ])("is refused $name", ({ found: change, reasons }) => {
    expect(judgeRelease({ ...found, ...change }, expected)).toEqual(reasons)
  })
})
