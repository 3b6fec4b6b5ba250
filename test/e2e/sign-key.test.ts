import { beforeAll, expect, test } from "vitest"
import { newRun } from "../../src/config/effect.ts"
import type { DigestRef } from "../../src/oci/digest-ref.ts"
import type { RegistryAccess } from "../../src/oci/registry-access.ts"
import { signDigest, verifySigned } from "../../src/sign/cosign.ts"
import { type ThrowAwayKey, throwAwayKey } from "../../src/sign/throw-away-key.ts"
import { useEngine } from "./session.ts"
import { distribution, pushTiny, type TestRegistry, testRegistry, tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const module = slipway()
const cosignImage = module["cosignImage"]
let registry: TestRegistry
let access: RegistryAccess
let key: ThrowAwayKey
let ref: DigestRef

beforeAll(async () => {
  const service = distribution(module["registryImage"])
  await service.start()
  registry = testRegistry({ host: "registry:5000", service, craneImage: module["craneImage"] })
  access = { service, plainHttp: true }
  key = await throwAwayKey({ cosignImage, run: newRun() })
  ref = await pushTiny(registry, "team/app", tinyImage("one"))
})

test("signs a digest, and a second run finds the signature and adds none", async () => {
  const signed = await signDigest(ref, { cosignImage, access, run: newRun(), key: key.key })
  expect(signed.status).toBe("signed")
  const fallback = `${ref.replace("@sha256:", ":sha256-")}`
  const before = await registry.crane("manifest", fallback).stdout()
  expect(JSON.parse(before).manifests).toHaveLength(1)
  const again = await signDigest(ref, { cosignImage, access, run: newRun(), key: key.key })
  expect(again.status).toBe("alreadySigned")
  expect(await registry.crane("manifest", fallback).stdout()).toBe(before)
})

test("refuses a digest that another key signed", async () => {
  const other = await throwAwayKey({ cosignImage, run: newRun() })
  const signer = { kind: "publicKey" as const, publicKey: other.publicKey }
  await expect(verifySigned(ref, { cosignImage, access, run: newRun(), signer })).rejects.toThrow("VERIFICATION_FAILED")
})
