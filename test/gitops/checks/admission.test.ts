import { describe, expect, test } from "vitest"
import { admissionRules, signerOfRule } from "../../../lib/gitops/checks/admission.ts"
import { policyFiles } from "../../../lib/policy/policy-files.ts"

const PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
const repository = "ghcr.io/acme/web"
const key = { kind: "key" as const, publicKey: PUBLIC_KEY }
const identity = {
  kind: "identity" as const,
  identity: { kind: "exact" as const, value: "release@acme.example" },
  issuer: { kind: "pattern" as const, value: "^https://issuer\\.example$" },
  proofs: { log: true, timestamps: false, certificateLog: true },
}
const digest = `sha256:${"0a".repeat(32)}`

/** The rules that the file written for this signer has. */
const rulesOf = (file: string, admission: Parameters<typeof policyFiles>[0]) =>
  admissionRules(policyFiles(admission)[file] ?? "", file)
const BUNDLE = { bundle: true, legacy: false }

describe("an admission policy that signature admission-policies wrote", () => {
  test.each([
    {
      file: "kyverno/image-validating-policy.yaml",
      formats: BUNDLE,
      read: ["v3"],
      policy: "ImageValidatingPolicy/signed-ghcr-io-acme-web",
    },
    {
      file: "kyverno/image-validating-policy.yaml",
      formats: { bundle: false, legacy: true },
      read: ["v3", "legacy"],
      policy: "ImageValidatingPolicy/signed-ghcr-io-acme-web",
    },
    {
      file: "kyverno/cluster-policy.yaml",
      formats: BUNDLE,
      read: ["v3"],
      policy: "ClusterPolicy/signed-ghcr-io-acme-web",
    },
    {
      file: "kyverno/cluster-policy.yaml",
      formats: { bundle: true, legacy: true },
      read: ["legacy"],
      policy: "ClusterPolicy/signed-ghcr-io-acme-web",
    },
    {
      file: "policy-controller/cluster-image-policy.yaml",
      formats: BUNDLE,
      read: ["legacy"],
      policy: "ClusterImagePolicy/signed-ghcr-io-acme-web",
    },
  ])("asks for the key in $file with $formats", ({ file, formats, read, policy }) => {
    const [rule, ...others] = rulesOf(file, { repository, signer: key, formats })
    expect(others).toEqual([])
    expect(rule).toMatchObject({ policy, formats: read, signers: [{ kind: "key" }] })
    expect(rule?.signers[0]).toMatchObject({ publicKey: PUBLIC_KEY })
  })

  test.each([
    { file: "kyverno/image-validating-policy.yaml", read: ["v3"] },
    { file: "kyverno/cluster-policy.yaml", read: ["v3"] },
    { file: "policy-controller/cluster-image-policy.yaml", read: ["v3"] },
  ])("asks for the identity in $file", ({ file, read }) => {
    const [rule] = rulesOf(file, { repository, signer: identity, formats: BUNDLE })
    const { identity: name, issuer } = identity
    expect(rule).toMatchObject({ formats: read, signers: [{ kind: "identity", identity: name, issuer, log: true }] })
  })

  test.each([
    { image: `ghcr.io/acme/web@${digest}`, matches: true },
    { image: "ghcr.io/acme/web:v1", matches: true },
    { image: `ghcr.io/acme/web:v1@${digest}`, matches: true },
    { image: `ghcr.io/acme/web-evil@${digest}`, matches: false },
    { image: `ghcr.io/acme/web/x@${digest}`, matches: false },
    { image: `ghcrxio/acme/web@${digest}`, matches: false },
  ])("matches $image: $matches", ({ image, matches }) => {
    for (const file of [
      "kyverno/image-validating-policy.yaml",
      "kyverno/cluster-policy.yaml",
      "policy-controller/cluster-image-policy.yaml",
    ]) {
      expect(rulesOf(file, { repository, signer: key, formats: BUNDLE }).map((rule) => rule.matches(image))).toContain(
        matches,
      )
    }
  })

  test("matches an image of Docker Hub under each of its names", () => {
    const rules = rulesOf("kyverno/image-validating-policy.yaml", {
      repository: "docker.io/library/web",
      signer: key,
      formats: BUNDLE,
    })
    for (const image of ["web:v1", "library/web:v1", "docker.io/library/web:v1", "index.docker.io/library/web:v1"]) {
      expect(rules[0]?.matches(image), image).toBe(true)
    }
    expect(rules[0]?.matches("ghcr.io/library/web:v1")).toBe(false)
  })
})

describe("a policy that cannot be evaluated is an error, never one that admits", () => {
  const policy = (kind: string, spec: object, apiVersion = "kyverno.io/v1") =>
    JSON.stringify({ apiVersion, kind, metadata: { name: "p" }, spec })
  const entry = { keys: { publicKeys: PUBLIC_KEY } }
  const verify = (attestors: object[]) => ({ rules: [{ verifyImages: [{ imageReferences: ["a*"], attestors }] }] })

  test.each([
    { name: "another kind", text: policy("ValidatingPolicy", {}), got: "ValidatingPolicy/p, which is not one" },
    {
      name: "a policy without images",
      text: policy("ClusterPolicy", { rules: [{ validate: {} }] }),
      got: "a policy without verifyImages",
    },
    {
      name: "several attestors",
      text: policy("ClusterPolicy", verify([{ entries: [entry] }, { entries: [entry] }])),
      got: "several attestors that must all have signed",
    },
    {
      name: "entries that must all have signed",
      text: policy("ClusterPolicy", verify([{ entries: [entry, entry] }])),
      got: "several attestors that must all have signed",
    },
    {
      name: "an identity without issuer",
      text: policy("ClusterPolicy", verify([{ entries: [{ keyless: { subject: "s" } }] }])),
      got: "an identity without subject or issuer",
    },
    {
      name: "another attestor",
      text: policy("ClusterPolicy", verify([{ entries: [{ certificates: {} }] }])),
      got: "an attestor without a key or an identity",
    },
    { name: "another shape", text: policy("ImageValidatingPolicy", {}), got: "spec.matchImageReferences" },
    {
      name: "keys in a TrustRoot",
      text: policy("ClusterImagePolicy", {
        images: [{ glob: "a**" }],
        authorities: [{ keyless: { identities: [{}], trustRootRef: "t" } }],
      }),
      got: "keys of a private instance in a TrustRoot",
    },
  ])("$name", ({ text, got }) => {
    expect(() => admissionRules(text, "policy.yaml")).toThrow(got)
    expect(() => admissionRules(text, "policy.yaml")).toThrow(/^CHECKER_FAILED: /)
  })

  test("except the keys that a policy refers to", () => {
    expect(admissionRules(policy("TrustRoot", {}, "policy.sigstore.dev/v1alpha1"), "trust-root.yaml")).toEqual([])
  })
})

test("an identity without a log needs a timestamp", () => {
  const { identity: name, issuer } = identity
  expect(signerOfRule({ kind: "identity", identity: name, issuer, log: true })).toMatchObject({ services: {} })
  expect(signerOfRule({ kind: "identity", identity: name, issuer, log: false })).toMatchObject({
    services: { timestampUrl: "https://timestamp.invalid" },
  })
})
