import { expect, test } from "vitest"
import { trustRoot } from "../../lib/policy/trust-root.ts"
import { admissionOf, NOW, rootWith } from "./admissions.ts"

const text = (base64?: string) => Buffer.from(base64 ?? "", "base64").toString()
const certificate = (content: string) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(content).toString("base64")}\n-----END CERTIFICATE-----\n`

type Authority = { subject: object; uri: string; certChain: string }
type Log = { baseURL: string; hashAlgorithm: string; publicKey: string }
type Keys = { certificateAuthorities: Authority[]; timestampAuthorities?: Authority[]; tLogs?: Log[]; ctLogs?: Log[] }
const keysFor = (name: string, trustedRoot?: string) => {
  const admission = admissionOf(name)
  const signer = { ...admission.signer, ...(trustedRoot !== undefined && { trustedRoot }) }
  const object = trustRoot({ ...admission, signer } as typeof admission, NOW) as { spec: { sigstoreKeys: Keys } }
  return object?.spec.sigstoreKeys
}

test.each(["a key and a bundle", "an identity and a bundle"])("%s: there is none", (name) => {
  expect(trustRoot(admissionOf(name), NOW)).toBeUndefined()
})

test("has the name that the policy refers to, and the authorities as chains of PEM from leaf to root", () => {
  expect(trustRoot(admissionOf("a private instance with timestamps"), NOW)).toMatchObject({
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "TrustRoot",
    metadata: { name: "signed-ghcr-io-acme-app" },
  })
  const { certificateAuthorities, timestampAuthorities, ...logs } = keysFor("a private instance with timestamps")
  expect(certificateAuthorities).toEqual([
    {
      subject: { organization: "acme", commonName: "fulcio" },
      uri: "https://fulcio.acme.example",
      certChain: expect.any(String),
    },
  ])
  expect(text(certificateAuthorities[0]?.certChain)).toBe(certificate("fulcio leaf") + certificate("fulcio root"))
  expect(text(timestampAuthorities?.[0]?.certChain)).toBe(certificate("tsa leaf") + certificate("tsa root"))
  expect(logs).toEqual({})
})

test("has both logs where they are asked for", () => {
  const { tLogs, ctLogs, timestampAuthorities } = keysFor("a private instance with both logs")
  expect(timestampAuthorities).toBeUndefined()
  expect(tLogs).toEqual([
    { baseURL: "https://rekor.acme.example", hashAlgorithm: "sha-256", publicKey: expect.any(String) },
  ])
  expect(text(tLogs?.[0]?.publicKey)).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\w+/=]+\n-----END PUBLIC KEY-----\n$/)
  expect(ctLogs?.map(({ baseURL }) => baseURL)).toEqual(["https://ct.acme.example"])
})

test("has no key whose time is over or has not come: the kind has no dates for them", () => {
  const { certificateAuthorities, timestampAuthorities } = keysFor("a private instance whose keys were rotated")
  expect(certificateAuthorities.map(({ uri }) => uri)).toEqual(["https://fulcio.acme.example"])
  expect(timestampAuthorities?.map(({ uri }) => uri)).toEqual(["https://tsa.acme.example"])
})

test("fills in what its webhook requires and a root may leave out", () => {
  const bare = { certChain: { certificates: [{ rawBytes: Buffer.from("root").toString("base64") }] } }
  const { certificateAuthorities } = keysFor(
    "a private instance with timestamps",
    rootWith({ certificateAuthorities: [bare] }),
  )
  expect(certificateAuthorities).toEqual([
    {
      subject: { organization: "unknown", commonName: "unknown" },
      uri: "https://unknown.invalid",
      certChain: expect.any(String),
    },
  ])
})
