import { describe, expect, test } from "vitest"
import { clusterPolicy, imageValidatingPolicies, readsBundle } from "../../lib/policy/kyverno.ts"
import { admissionOf, NOW } from "./admissions.ts"

describe("cluster policy", () => {
  type Entry = { keys?: object; keyless?: Record<string, unknown> }
  type Rule = {
    verifyImages: { attestations?: { attestors: { entries: Entry[] }[] }[]; attestors?: { entries: Entry[] }[] }[]
  }
  const verifyImages = (name: string) => {
    const { spec } = clusterPolicy(admissionOf(name), NOW) as { spec: { rules: Rule[] } }
    return spec.rules[0]?.verifyImages ?? []
  }
  const entryOf = (name: string) => {
    const [verify] = verifyImages(name)
    return (verify?.attestors ?? verify?.attestations?.[0]?.attestors)?.[0]?.entries[0]
  }

  test.each([
    { name: "a key and a bundle", reads: true, type: "SigstoreBundle" },
    { name: "a key and both formats", reads: false, type: "Cosign" },
    { name: "a key and the older format", reads: false, type: "Cosign" },
    { name: "an identity and a bundle", reads: true, type: "SigstoreBundle" },
    { name: "an identity and the older format", reads: false, type: "Cosign" },
    { name: "a private instance with timestamps", reads: true, type: "SigstoreBundle" },
  ])("verifies $type for $name", ({ name, reads, type }) => {
    expect(readsBundle(admissionOf(name))).toBe(reads)
    expect(verifyImages(name)).toEqual([
      expect.objectContaining({
        type,
        failureAction: "Enforce",
        imageReferences: expect.arrayContaining(["ghcr.io/acme/app@*"]),
      }),
    ])
    const attestors = [expect.objectContaining({ count: 1 })]
    expect(verifyImages(name)[0]).toMatchObject(
      reads ? { attestations: [{ type: "https://sigstore.dev/cosign/sign/v1", attestors }] } : { attestors },
    )
  })

  test("requires a key without the public log, in either format", () => {
    const keys = { publicKeys: expect.any(String), rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } }
    expect(entryOf("a key and a bundle")).toEqual({ keys })
    expect(entryOf("a key and both formats")).toEqual({ keys })
  })

  const NO_LOG = { url: "https://rekor.sigstore.dev", ignoreTlog: true }
  const pem = (label: string, content: string) =>
    `-----BEGIN ${label}-----\n${Buffer.from(content).toString("base64")}\n-----END ${label}-----\n`
  const chain = (name: string) => pem("CERTIFICATE", `${name} leaf`) + pem("CERTIFICATE", `${name} root`)

  test.each([
    { name: "an identity and the older format", proof: { rekor: { url: "https://rekor.sigstore.dev" } } },
    { name: "a private instance with timestamps", proof: { rekor: NO_LOG } },
    {
      name: "a private instance and the older format",
      proof: {
        roots: chain("fulcio"),
        rekor: NO_LOG,
        ctlog: { ignoreSCT: true, tsaCertChain: chain("tsa") },
      },
    },
    {
      name: "a private instance with both logs and the older format",
      proof: {
        roots: chain("fulcio"),
        rekor: { url: "https://rekor.acme.example", pubkey: pem("PUBLIC KEY", "rekor key") },
        ctlog: { pubkey: pem("PUBLIC KEY", "ct key") },
      },
    },
  ])("requires the proof that the instance has, for $name", ({ name, proof }) => {
    const { subject, issuer, ...rest } = entryOf(name)?.keyless ?? {}
    expect({ subject, issuer }).toEqual({ subject: "release@acme.example", issuer: "https://id.acme.example" })
    expect(rest).toEqual(proof)
  })
})

describe("image validating policy", () => {
  type Policy = {
    metadata: { name: string }
    spec: {
      matchConstraints: { resourceRules: { resources: string[] }[] }
      attestors: { cosign: Record<string, unknown> }[]
      validations: { expression: string }[]
      evaluation?: object
      attestations?: object[]
    }
  }
  const policiesFor = (name: string) => imageValidatingPolicies(admissionOf(name), NOW) as Policy[]
  const policyFor = (name: string) => {
    const [policy] = policiesFor(name)
    if (!policy) throw new Error(`no policy for ${name}`)
    return policy
  }

  test("has a separate policy for pods, without which Kyverno ignores Deployments and the like", () => {
    const [pods, debug, ...more] = policiesFor("a key and a bundle")
    const resources = (policy?: Policy) => policy?.spec.matchConstraints.resourceRules.map(({ resources }) => resources)
    expect(resources(pods)).toEqual([["pods"]])
    expect(resources(debug)).toEqual([["pods/ephemeralcontainers"]])
    expect([pods?.metadata.name, debug?.metadata.name]).toEqual([
      "signed-ghcr-io-acme-app",
      "signed-ghcr-io-acme-app-debug",
    ])
    expect(more).toEqual([])
    expect([pods?.spec.evaluation, debug?.spec.evaluation]).toEqual([undefined, { background: { enabled: false } }])
    expect(debug?.spec.validations).toEqual(pods?.spec.validations)
    expect(debug?.spec.attestors).toEqual(pods?.spec.attestors)
  })

  test("requires a key without the public log, which has no entry of the signature", () => {
    const { attestors } = policyFor("a key and a bundle").spec
    expect(attestors[0]?.cosign).toEqual({
      key: { data: expect.stringContaining("BEGIN PUBLIC KEY"), hashAlgorithm: "sha256" },
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    })
  })

  test("requires an exact identity with its exact issuer, and the log", () => {
    expect(policyFor("an identity and a bundle").spec.attestors[0]?.cosign).toEqual({
      keyless: {
        identities: [
          {
            subject: "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
            issuer: "https://token.actions.githubusercontent.com",
          },
        ],
      },
      ctlog: { url: "https://rekor.sigstore.dev" },
    })
  })

  const tsaChain = expect.stringMatching(/^(-----BEGIN CERTIFICATE-----\n[\w+/=]+\n-----END CERTIFICATE-----\n){2}$/)
  test.each([
    { name: "an identity with a timestamp alone", ctlog: { insecureIgnoreTlog: true } },
    {
      name: "a private instance with timestamps",
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    },
    {
      name: "a private instance with a log",
      ctlog: { url: "https://rekor.acme.example", insecureIgnoreSCT: true },
    },
    { name: "a private instance with both logs", ctlog: undefined },
    {
      name: "a private instance with timestamps and a log",
      ctlog: { url: "https://rekor.acme.example", insecureIgnoreSCT: true },
    },
    {
      name: "a private instance and the older format",
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true, tsaCertChain: tsaChain },
    },
  ])("requires exactly the proofs that the instance has, for $name", ({ name, ctlog }) => {
    const [attestor] = policyFor(name).spec.attestors
    expect(attestor?.cosign["ctlog"]).toEqual(ctlog)
    const { signer } = admissionOf(name)
    expect(attestor?.cosign["trustedRoot"]).toEqual(
      signer.kind === "identity" && signer.trustedRoot ? { value: signer.trustedRoot } : undefined,
    )
  })

  test("requires a signature of the repository's images only, in every list of a pod", () => {
    const [signed] = policyFor("a key and a bundle").spec.validations
    expect(signed?.expression).toBe(
      "(images.containers + images.initContainers + images.ephemeralContainers)" +
        ".filter(image, image.matches(r'^ghcr\\.io/acme/app(:[^@/]+)?(@.+)?$'))" +
        ".all(image, verifyImageSignatures(image, [attestors.signer]) > 0)",
    )
  })

  test.each([
    "a key and a bundle",
    "a key and both formats",
    "an identity and a bundle",
    "a private instance with a log",
  ])("does not accept an attestation as a signature, for %s", (name) => {
    const { attestations, validations } = policyFor(name).spec
    expect(attestations).toEqual([{ name: "signature", intoto: { type: "https://sigstore.dev/cosign/sign/v1" } }])
    expect(validations).toHaveLength(2)
    expect(validations[1]?.expression).toContain("verifyAttestationSignatures(image, attestations.signature,")
  })

  test.each(["a key and the older format", "an identity and the older format"])(
    "requires no statement for %s, because the older format has none",
    (name) => {
      const { attestations, validations } = policyFor(name).spec
      expect(attestations).toBeUndefined()
      expect(validations.map(({ expression }) => expression)).toEqual([
        expect.stringContaining("verifyImageSignatures"),
      ])
    },
  )
})
