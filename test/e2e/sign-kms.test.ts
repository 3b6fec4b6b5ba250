import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { type DigestRef, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { verifySigner } from "../../lib/policy/admission.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import { keyFingerprint } from "../../lib/sign/signer.ts"
import { pairCredentials, parseSigner, parseSigningKey } from "../../lib/sign/signer-input.ts"
import { leaks } from "../leak/search.ts"
import { besideRegistry, KMS_KINDS, type Kms } from "./kms.ts"
import { useEngine } from "./session.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const module = slipway()
let registry: SignRegistry
beforeAll(async () => {
  registry = await startSignRegistry({ referrersApi: true })
})

describe.each(KMS_KINDS)("$name", ({ name, host, start }) => {
  const image = tinyImage(name)
  let ref: DigestRef
  let kms: Kms
  beforeAll(async () => {
    kms = await start(host)
    const path = `team/${name.toLowerCase().replaceAll(" ", "-")}`
    await registry.push(path, image)
    ref = digestRef(parseRepository(`${host}:5000/${path}`), image.digest)
  })

  function tools() {
    const service = besideRegistry(kms, registry.port)
    const caCertificate = kms.authority ? dag.file("ca.crt", kms.authority) : undefined
    const access = { service, plainHttp: true, ...(caCertificate && { caCertificate }) }
    return { cosignImage: module["cosignImage"], craneImage: module["craneImage"], access, run: newRun() }
  }

  function credentials(values = kms.credentials) {
    const secrets = Object.values(values).map((value) => dag.setSecret(`kms-${randomUUID()}`, value))
    return { kmsKey: kms.uri, kmsCredentials: pairCredentials(Object.keys(values), secrets) }
  }

  test("signs once with a key that never leaves the KMS", async () => {
    const signing = () => ({ ...tools(), key: parseSigningKey(credentials()) })
    const signed = await signDigest(ref, signing())
    expect(signed).toMatchObject({ status: "signed" })
    expect(signed.checks).toEqual([`signature of ${image.digest} by the public key ${keyFingerprint(kms.publicKey)}`])
    expect(kms.signed()).toBe(1)
    expect((await signDigest(ref, signing())).status).toBe("alreadySigned")
    expect(kms.signed()).toBe(1)
    expect(kms.refused()).toBe(0)
  })

  test("verifies by the KMS key, and writes a policy with only the public key", async () => {
    const options = () => ({ ...tools(), signer: parseSigner(credentials()) })
    expect(await verifySigned(ref, options())).toMatchObject({ signer: `the key ${kms.uri}` })
    expect((await verifySigner(ref, options())).signer).toEqual({
      kind: "key",
      publicKey: expect.stringContaining(kms.publicKey.trim()),
    })
  })

  test("reports refused credentials without showing them, although the KMS repeats them", async () => {
    const { credentials: theirs, secrets } = kms.stranger
    const refused = await signDigest(ref, { ...tools(), key: parseSigningKey(credentials(theirs)) }).then(
      String,
      String,
    )
    expect(refused).toMatch(/^SlipwayError: KEY_INVALID: /)
    expect(leaks(refused, Object.fromEntries(secrets.map((secret, n) => [`secret ${n}`, secret])))).toEqual([])
    expect(kms.refused()).toBeGreaterThan(0)
  })
})
