import { randomUUID } from "node:crypto"
import { dag, NetworkProtocol } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { newRun } from "../../src/config/effect.ts"
import type { DigestRef } from "../../src/oci/digest-ref.ts"
import { verifySigner } from "../../src/sign/admission.ts"
import { signDigest, verifySigned } from "../../src/sign/cosign.ts"
import { pairCredentials } from "../../src/sign/credentials.ts"
import { parseSigner, parseSigningKey } from "../../src/sign/key-input.ts"
import { keyFingerprint } from "../../src/sign/public-key.ts"
import { type FakeVault, startFakeVault } from "./fake-vault.ts"
import { useEngine } from "./session.ts"
import { REGISTRIES, type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const TOKEN = `fixture-${randomUUID()}`
const image = tinyImage("kms")
const module = slipway()
let registry: SignRegistry
let vault: FakeVault
let ref: DigestRef
beforeAll(async () => {
  const [, withApi = { referrersApi: true }] = REGISTRIES
  registry = await startSignRegistry(withApi)
  vault = await startFakeVault("release", TOKEN)
  ref = await registry.push("team/app", image)
})

/** The registry, and the key's service on another port of the same host. */
const tools = () => {
  const tcp = (backend: number, frontend: number) => ({ protocol: NetworkProtocol.Tcp, backend, frontend })
  const ports = [tcp(registry.port, 5000), tcp(vault.port, 8200)]
  const access = { service: dag.host().service(ports, { host: "127.0.0.1" }), plainHttp: true }
  return { cosignImage: module["cosignImage"], craneImage: module["craneImage"], access, run: newRun() }
}
const kms = (token = TOKEN) => {
  const secrets = ["http://registry.test:8200", token].map((value) => dag.setSecret(`kms-${randomUUID()}`, value))
  return { kmsKey: "hashivault://release", kmsCredentials: pairCredentials(["VAULT_ADDR", "VAULT_TOKEN"], secrets) }
}

test("a key in a KMS signs, once, and never leaves it", async () => {
  const signing = () => ({ ...tools(), key: parseSigningKey(kms()) })
  const signed = await signDigest(ref, signing())
  expect(signed).toMatchObject({ status: "signed" })
  expect(signed.checks).toEqual([`signature of ${image.digest} by the public key ${keyFingerprint(vault.publicKey)}`])
  const made = () => vault.calls.filter(({ path }) => path.startsWith("/v1/transit/sign/")).length
  expect(made()).toBe(1)
  expect((await signDigest(ref, signing())).status).toBe("alreadySigned")
  expect(made()).toBe(1)
  expect(new Set(vault.calls.map(({ token }) => token))).toEqual(new Set([TOKEN]))
})

test("the KMS itself verifies, and its policy holds the public half alone", async () => {
  const options = () => ({ ...tools(), signer: parseSigner(kms()) })
  expect(await verifySigned(ref, options())).toMatchObject({ signer: "the key hashivault://release" })
  expect((await verifySigner(ref, options())).signer).toEqual({
    kind: "key",
    publicKey: expect.stringContaining(vault.publicKey.trim()),
  })
})

test("credentials that the KMS refuses are an error that does not show them", async () => {
  const wrong = `wrong-${randomUUID()}`
  const refused = await signDigest(ref, { ...tools(), key: parseSigningKey(kms(wrong)) }).then(String, String)
  expect(refused).toMatch(/KEY_INVALID: .*permission denied/s)
  expect(refused).not.toContain(wrong)
  expect(vault.calls.at(-1)?.token).toBe(wrong)
})
