import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../src/config/effect.ts"
import { type DigestRef, splitDigestRef } from "../../src/oci/digest-ref.ts"
import { type AttestOptions, attestDigests } from "../../src/sign/attest.ts"
import { signDigest, verifySigned } from "../../src/sign/cosign.ts"
import { PREDICATE_TYPES } from "../../src/sign/predicate-type.ts"
import type { Signer } from "../../src/sign/signing-key.ts"
import { type ThrowAwayKey, throwAwayKey } from "../../src/sign/throw-away-key.ts"
import { type VerifyReleaseOptions, verifyReleaseAt } from "../../src/sign/verify-release.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import {
  distribution,
  pushTiny,
  referrersRegistry,
  type TestRegistry,
  testRegistry,
  tinyImage,
} from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const { cosignImage, craneImage, registryImage } = slipway() as unknown as Record<string, string> & {
  [name in "cosignImage" | "craneImage" | "registryImage"]: string
}
const REGISTRIES = [
  { name: "a registry without the referrers API", start: () => distribution(registryImage) },
  { name: "a registry with the referrers API", start: () => referrersRegistry() },
]

let keys: { ours: ThrowAwayKey; theirs: ThrowAwayKey }
beforeAll(async () => {
  const [ours, theirs] = await Promise.all([1, 2].map(() => throwAwayKey({ cosignImage, run: newRun() })))
  if (ours && theirs) keys = { ours, theirs }
})

describe.each(REGISTRIES)("on $name", ({ name, start }) => {
  const image = tinyImage
  let registry: TestRegistry
  let ref: DigestRef
  const options = (): AttestOptions => {
    const access = { service: registry.service, plainHttp: true }
    return { cosignImage, craneImage, access, run: newRun(), key: keys.ours.key }
  }
  const signer = (publicKey = keys.ours.publicKey): Signer => ({ kind: "publicKey", publicKey })
  const verification = (): VerifyReleaseOptions => {
    const types = [PREDICATE_TYPES.spdxjson, PREDICATE_TYPES.cyclonedx, PREDICATE_TYPES.vuln, PREDICATE_TYPES.openvex]
    return { ...options(), signer: signer(), platforms: [], platformTypes: types, provenance: true }
  }
  const release = async (repository: string, of = image(repository), without?: string) => {
    const pushed = await pushTiny(registry, repository, of)
    await signDigest(pushed, options())
    await attestDigests(releaseSubjects(pushed, of, { without }), options())
    return pushed
  }

  beforeAll(async () => {
    const service = start()
    await service.start()
    registry = testRegistry({ host: "registry:5000", service, craneImage })
    ref = await release("team/app")
  })

  test("verifies a release, and a second run signs and attests nothing", async () => {
    const verified = await verifyReleaseAt(ref, verification())
    expect(verified.platforms.map(({ platform, types }) => [platform, types.length])).toEqual([
      ["linux/amd64", 4],
      ["linux/arm64", 4],
    ])
    const before = await registry.tags("team/app")
    expect((await signDigest(ref, options())).status).toBe("alreadySigned")
    const again = await attestDigests(releaseSubjects(ref, image("team/app")), options())
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set(["alreadyAttested"]))
    expect(await registry.tags("team/app")).toEqual(before)
  })

  test("keeps every attestation where the registry wants them", async () => {
    const tags = await registry.tags("team/app")
    if (name.includes("with the")) return expect(tags).toEqual({})
    expect(Object.values(tags).sort()).toEqual([2, 4, 4])
  })

  test("refuses an image that another key signed", async () => {
    const options = { ...verification(), signer: signer(keys.theirs.publicKey) }
    await expect(verifySigned(ref, options)).rejects.toThrow(/VERIFICATION_FAILED.*a signature by another key/)
  })

  test("refuses an image that nobody signed, and one that is not there", async () => {
    const unsigned = await pushTiny(registry, "team/unsigned", image("unsigned"))
    await expect(verifySigned(unsigned, { ...verification(), craneImage: undefined })).rejects.toThrow(
      /VERIFICATION_FAILED.*no signature at all/,
    )
    const absent = unsigned.replace("team/unsigned", "team/absent") as DigestRef
    await expect(verifySigned(absent, verification())).rejects.toThrow(/IMAGE_NOT_FOUND.*no such digest/)
  })

  test("refuses an image that has an attestation and no signature", async () => {
    const attested = await pushTiny(registry, "team/attested", image("attested"))
    await attestDigests(releaseSubjects(attested, image("attested")).slice(0, 1), options())
    await expect(verifySigned(attested, verification())).rejects.toThrow(
      /VERIFICATION_FAILED.*no signature, only attestations \(https:\/\/slsa.dev/,
    )
  })

  test("refuses another repository's signature, copied over with the image", async () => {
    const copied = await pushTiny(registry, "evil/app", image("team/app"))
    await registry.copyReferrers(ref, copied)
    await expect(verifySigned(copied, verification())).rejects.toThrow(
      /VERIFICATION_FAILED.*a signature that was made for registry:5000\/team\/app/,
    )
    const original = { ...verification(), repository: "registry:5000/team/app" }
    expect((await verifySigned(copied, original)).ref).toBe(copied)
  })

  test("refuses a release with an attestation missing on one platform", async () => {
    const partial = await release("team/partial", image("partial"), PREDICATE_TYPES.vuln)
    await expect(verifyReleaseAt(partial, verification())).rejects.toThrow(
      /VERIFICATION_FAILED.*got linux\/arm64 has no vulnerability report by the signer\./,
    )
  })

  test("refuses a platform that nobody asked for, and a child that was not scanned", async () => {
    const wide = await release("team/wide", image("wide", ["amd64", "arm64", "s390x"]))
    const platforms = ["linux/amd64", "linux/arm64"]
    await expect(verifyReleaseAt(wide, { ...verification(), platforms })).rejects.toThrow(
      /VERIFICATION_FAILED.*got linux\/s390x is in the index, and nobody asked for it\./,
    )
    const scanned = image("wide", ["amd64", "arm64", "s390x"]).platforms.map((platform, n) =>
      n === 0 ? { ...platform, digest: image("other").digest } : platform,
    )
    await expect(verifyReleaseAt(wide, { ...verification(), scanned })).rejects.toThrow(
      /VERIFICATION_FAILED.*got linux\/amd64 is sha256:[0-9a-f]{64}, but sha256:[0-9a-f]{64} was scanned\./,
    )
  })
})

describe("on a registry that somebody can write to", () => {
  test.each([{ name: "refuses another image's signature", index: 0 }])("$name", async () => {
    const service = distribution(registryImage)
    await service.start()
    const registry = testRegistry({ host: "registry:5000", service, craneImage })
    const access = { service, plainHttp: true }
    const options = { cosignImage, craneImage, access, run: newRun(), key: keys.ours.key }
    const signed = await pushTiny(registry, "team/app", tinyImage("signed"))
    const other = await pushTiny(registry, "team/app", tinyImage("other"))
    await signDigest(signed, options)
    const hex = (ref: DigestRef) => splitDigestRef(ref).digest.replace("sha256:", "sha256-")
    await registry.crane("copy", `registry:5000/team/app:${hex(signed)}`, `registry:5000/team/app:${hex(other)}`).sync()
    const signer = { kind: "publicKey" as const, publicKey: keys.ours.publicKey }
    await expect(verifySigned(other, { ...options, signer })).rejects.toThrow(
      /VERIFICATION_FAILED.*a signature of another image, copied over/,
    )
  })
})
