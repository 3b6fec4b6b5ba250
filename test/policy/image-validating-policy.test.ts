import { expect, test } from "vitest"
import { imageValidatingPolicies } from "../../lib/policy/image-validating-policy.ts"
import { admissionOf, NOW } from "./admissions.ts"

type Policy = {
  metadata: { name: string }
  spec: {
    matchConstraints: { resourceRules: { resources: string[] }[] }
    attestors: { cosign: Record<string, unknown> }[]
    validations: { expression: string }[]
    attestations?: object[]
  }
}
const policiesFor = (name: string) => imageValidatingPolicies(admissionOf(name), NOW) as Policy[]
const policyFor = (name: string) => {
  const [policy] = policiesFor(name)
  if (!policy) throw new Error(`no policy for ${name}`)
  return policy
}

test("pods have a policy of their own: beside another resource, Kyverno leaves Deployments and the like out", () => {
  const [pods, debug, ...more] = policiesFor("a key and a bundle")
  const resources = (policy?: Policy) => policy?.spec.matchConstraints.resourceRules.map(({ resources }) => resources)
  expect(resources(pods)).toEqual([["pods"]])
  expect(resources(debug)).toEqual([["pods/ephemeralcontainers"]])
  expect([pods?.metadata.name, debug?.metadata.name]).toEqual([
    "signed-ghcr-io-acme-app",
    "signed-ghcr-io-acme-app-debug",
  ])
  expect(more).toEqual([])
  expect(debug?.spec.validations).toEqual(pods?.spec.validations)
  expect(debug?.spec.attestors).toEqual(pods?.spec.attestors)
})

test("a key is asked for without the public log, which never learned of the signature", () => {
  const { attestors } = policyFor("a key and a bundle").spec
  expect(attestors[0]?.cosign).toEqual({
    key: { data: expect.stringContaining("BEGIN PUBLIC KEY"), hashAlgorithm: "sha256" },
    ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
  })
})

test("an identity is asked for with its issuer, both exactly, and with the log", () => {
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
    name: "a private instance and the older form",
    ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true, tsaCertChain: tsaChain },
  },
])("$name: what it does not have is not asked for, and nothing else is left out", ({ name, ctlog }) => {
  const [attestor] = policyFor(name).spec.attestors
  expect(attestor?.cosign["ctlog"]).toEqual(ctlog)
  const { signer } = admissionOf(name)
  expect(attestor?.cosign["trustedRoot"]).toEqual(
    signer.kind === "identity" && signer.trustedRoot ? { value: signer.trustedRoot } : undefined,
  )
})

test("only images of the repository are asked for a signature, in every list of a pod", () => {
  const [signed] = policyFor("a key and a bundle").spec.validations
  expect(signed?.expression).toBe(
    "(images.containers + images.initContainers + images.ephemeralContainers)" +
      ".filter(image, image.matches(r'^ghcr\\.io/acme/app(:[^@/]+)?(@.+)?$'))" +
      ".all(image, verifyImageSignatures(image, [attestors.signer]) > 0)",
  )
})

test.each(["a key and a bundle", "a key and both forms", "an identity and a bundle", "a private instance with a log"])(
  "%s: an attestation alone is no signature",
  (name) => {
    const { attestations, validations } = policyFor(name).spec
    expect(attestations).toEqual([{ name: "signature", intoto: { type: "https://sigstore.dev/cosign/sign/v1" } }])
    expect(validations).toHaveLength(2)
    expect(validations[1]?.expression).toContain("verifyAttestationSignatures(image, attestations.signature,")
  },
)

test.each(["a key and the older form", "an identity and the older form"])(
  "%s: no statement is asked for, since the older form has none",
  (name) => {
    const { attestations, validations } = policyFor(name).spec
    expect(attestations).toBeUndefined()
    expect(validations.map(({ expression }) => expression)).toEqual([expect.stringContaining("verifyImageSignatures")])
  },
)
