import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { newRun } from "../../src/config/effect.ts"
import { attestDigests } from "../../src/sign/attest.ts"
import { signDigest, verifySigned } from "../../src/sign/cosign.ts"
import { type ThrowAwayKey, throwAwayKey } from "../../src/sign/throw-away-key.ts"
import { type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts"
import { REGISTRIES } from "./registry.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]
let registry: SignRegistry
let proxy: FaultProxy
let throwAway: ThrowAwayKey
beforeAll(async () => {
  throwAway = await throwAwayKey({ cosignImage, run: newRun() })
  const [distribution = { referrersApi: false }] = REGISTRIES
  registry = await startSignRegistry(distribution)
  proxy = await startFaultProxy(registry.port)
})
afterAll(() => proxy?.stop())
beforeEach(() => proxy.inject())

const options = () => {
  const access = { service: proxy.service, plainHttp: true }
  return { cosignImage, craneImage, access, run: newRun(), key: throwAway.key }
}
const ALWAYS = Number.POSITIVE_INFINITY
const MANIFEST: Omit<Fault, "kind"> = { method: "PUT", path: /\/manifests\//, times: ALWAYS }
const BLOB: Omit<Fault, "kind"> = { method: "POST", path: /\/blobs\/uploads\// }

test.each<{ name: string; fault: Fault }>([
  { name: "the signature's manifest answers 403", fault: { ...MANIFEST, kind: 403 } },
  { name: "the tag that lists it answers 403", fault: { ...MANIFEST, path: /\/manifests\/sha256-/, kind: 403 } },
])("no signature counts when $name, and the next run makes one", async ({ name, fault }) => {
  const ref = await registry.push("team/signed", tinyImage(name))
  proxy.inject(fault)
  await expect(signDigest(ref, options())).rejects.toThrow(/^SIGNING_FAILED: .*run again: it continues/)
  expect(proxy.hit()).toBeGreaterThan(0)
  expect(await registry.statements(ref)).toEqual([])
  proxy.inject()
  expect(await signDigest(ref, options())).toMatchObject({ ref, status: "signed" })
  expect(await signDigest(ref, options())).toMatchObject({ ref, status: "alreadySigned" })
  expect(await registry.statements(ref)).toHaveLength(1)
})

test.each<{ name: string; fault: Fault }>([
  { name: "503 for the signature's blob", fault: { ...BLOB, kind: 503 } },
  { name: "429 for the signature's manifest", fault: { ...MANIFEST, kind: 429, times: 1 } },
])("a signature is made, once, in spite of one $name", async ({ name, fault }) => {
  const ref = await registry.push("team/passing", tinyImage(name))
  proxy.inject(fault)
  expect((await signDigest(ref, options())).status).toBe("signed")
  expect(proxy.hit()).toBe(1)
  expect(await registry.statements(ref)).toHaveLength(1)
})

test("attestations that were made before one failed stay, and the next run makes only the missing ones", async () => {
  const image = tinyImage("attested", ["amd64"])
  const ref = await registry.push("team/attested", image)
  const subjects = releaseSubjects(ref, image).slice(1)
  const [subject] = subjects
  if (!subject) throw new Error("an image has a platform")
  proxy.inject({ ...MANIFEST, path: /\/manifests\/sha256-/, kind: 403, from: 3 })
  await expect(attestDigests(subjects, options())).rejects.toThrow(/^SIGNING_FAILED: expected cosign to sign the /)
  const before = await registry.statements(subject.ref)
  expect(before).toHaveLength(2)
  proxy.inject()
  const statuses = (await attestDigests(subjects, options())).map(({ status }) => status)
  expect(statuses).toEqual(["alreadyAttested", "alreadyAttested", "attested", "attested"])
  const after = await registry.statements(subject.ref)
  expect(after).toHaveLength(4)
  expect(after).toEqual(expect.arrayContaining(before))
})

test("a verification that gets no answer is a refusal, and never an empty yes", async () => {
  const ref = await registry.push("team/verified", tinyImage("verified"))
  const { by: signer } = await signDigest(ref, options())
  proxy.inject({ method: "GET", path: /\/manifests\//, kind: 503, times: ALWAYS })
  await expect(verifySigned(ref, { ...options(), craneImage: undefined, signer })).rejects.toThrow(
    /^VERIFICATION_FAILED: .*503/,
  )
  expect(proxy.hit()).toBeGreaterThan(0)
  proxy.inject()
  expect((await verifySigned(ref, { ...options(), signer })).ref).toBe(ref)
})
