import { describe, expect, test } from "vitest"
import { clusterImagePolicy, controllerReadsBundle, trustRoot } from "../../lib/policy/policy-controller.ts"
import { admissionOf, NOW, rootWith } from "./admissions.ts"

describe("cluster image policy", () => {
  type Policy = { spec: { images: { glob: string }[]; authorities: Record<string, unknown>[] } }
  const policyFor = (name: string, repository = "ghcr.io/acme/app") =>
    clusterImagePolicy({ ...admissionOf(name), repository }) as Policy
  const authorityFor = (name: string) => policyFor(name).spec.authorities[0]

  test("requires the predicate type of a signature in a bundle", () => {
    expect(policyFor("an identity and a bundle").spec.authorities).toEqual([
      expect.objectContaining({
        signatureFormat: "bundle",
        attestations: [{ name: "signature", predicateType: "https://sigstore.dev/cosign/sign/v1" }],
      }),
    ])
  })

  test.each(["a key and a bundle", "a key and both formats", "a key and the older format"])(
    "requires the older format for %s",
    (name) => {
      expect(controllerReadsBundle(admissionOf(name))).toBe(false)
      expect(authorityFor(name)).toEqual({
        name: "signer",
        key: { data: expect.stringContaining("BEGIN PUBLIC KEY"), hashAlgorithm: "sha256" },
      })
    },
  )

  const NAME = "signed-ghcr-io-acme-app"
  const identities = [{ subject: "release@acme.example", issuer: "https://id.acme.example" }]
  const noSct = { insecureIgnoreSCT: true }

  test.each([
    {
      name: "an identity and the older format",
      authority: {
        keyless: { url: "https://fulcio.sigstore.dev", identities },
        ctlog: { url: "https://rekor.sigstore.dev" },
      },
    },
    {
      name: "an identity with a timestamp alone",
      authority: { keyless: { url: "https://fulcio.sigstore.dev", identities }, rfc3161timestamp: {} },
    },
    {
      name: "a private instance with timestamps",
      authority: {
        keyless: { trustRootRef: NAME, identities, ...noSct },
        rfc3161timestamp: { trustRootRef: NAME },
      },
    },
    {
      name: "a private instance with a log",
      authority: { keyless: { trustRootRef: NAME, identities, ...noSct }, ctlog: { trustRootRef: NAME } },
    },
    {
      name: "a private instance with both logs",
      authority: { keyless: { trustRootRef: NAME, identities }, ctlog: { trustRootRef: NAME } },
    },
    {
      name: "a private instance with timestamps and a log",
      authority: {
        keyless: { trustRootRef: NAME, identities, ...noSct },
        rfc3161timestamp: { trustRootRef: NAME },
        ctlog: { trustRootRef: NAME },
      },
    },
    {
      name: "a private instance and the older format",
      authority: {
        keyless: { trustRootRef: NAME, identities, ...noSct },
        rfc3161timestamp: { trustRootRef: NAME },
      },
    },
  ])("requires exactly the proofs of the signing instance, for $name", ({ name, authority }) => {
    const { name: _, signatureFormat, attestations, ...rest } = authorityFor(name) ?? {}
    expect(rest).toEqual(authority)
    expect(signatureFormat).toBe(name.includes("older form") ? undefined : "bundle")
    expect(attestations === undefined).toBe(signatureFormat === undefined)
  })

  test.each([
    { repository: "ghcr.io/acme/app", globs: ["ghcr.io/acme/app:**", "ghcr.io/acme/app@**"] },
    { repository: "docker.io/acme/app", globs: ["index.docker.io/acme/app:**", "index.docker.io/acme/app@**"] },
  ])("expands $repository to $globs", ({ repository, globs }) => {
    expect(policyFor("a key and a bundle", repository).spec.images.map(({ glob }) => glob)).toEqual(globs)
  })
})

describe("trust root", () => {
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

  test.each(["a key and a bundle", "an identity and a bundle"])("is not written for %s", (name) => {
    expect(trustRoot(admissionOf(name), NOW)).toBeUndefined()
  })

  test("has the name in the policy, and the authorities as PEM chains from leaf to root", () => {
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

  test("has both logs if they are required", () => {
    const { tLogs, ctLogs, timestampAuthorities } = keysFor("a private instance with both logs")
    expect(timestampAuthorities).toBeUndefined()
    expect(tLogs).toEqual([
      { baseURL: "https://rekor.acme.example", hashAlgorithm: "sha-256", publicKey: expect.any(String) },
    ])
    expect(text(tLogs?.[0]?.publicKey)).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\w+/=]+\n-----END PUBLIC KEY-----\n$/)
    expect(ctLogs?.map(({ baseURL }) => baseURL)).toEqual(["https://ct.acme.example"])
  })

  test("has only keys that are valid now, because the kind has no dates for keys", () => {
    const { certificateAuthorities, timestampAuthorities } = keysFor("a private instance whose keys were rotated")
    expect(certificateAuthorities.map(({ uri }) => uri)).toEqual(["https://fulcio.acme.example"])
    expect(timestampAuthorities?.map(({ uri }) => uri)).toEqual(["https://tsa.acme.example"])
  })

  test("fills in the fields that the webhook requires and a root may lack", () => {
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
})
