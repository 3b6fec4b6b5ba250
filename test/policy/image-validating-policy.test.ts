import { expect, test } from "vitest"
import { imageValidatingPolicy } from "../../src/policy/image-validating-policy.ts"
import { ADMISSIONS } from "./admissions.ts"

type Policy = {
  spec: { attestors: { cosign: object }[]; validations: { expression: string }[]; attestations?: object[] }
}
const policyFor = (name: string) => {
  const admission = ADMISSIONS[name]
  return (admission && imageValidatingPolicy(admission)) as Policy
}

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

test("a private instance is asked for by its own root", () => {
  const { attestors } = policyFor("names like a pattern, vouched for by a private instance").spec
  expect(attestors[0]?.cosign).toMatchObject({ trustedRoot: { value: expect.stringContaining("trustedroot") } })
  expect(attestors[0]?.cosign).not.toHaveProperty("ctlog")
})

test("only images of the repository are asked for a signature, in every list of a pod", () => {
  const [signed] = policyFor("a key and a bundle").spec.validations
  expect(signed?.expression).toBe(
    "(images.containers + images.initContainers + images.ephemeralContainers)" +
      ".filter(image, image.matches(r'^ghcr\\.io/acme/app(:[^@/]+)?(@.+)?$'))" +
      ".all(image, verifyImageSignatures(image, [attestors.signer]) > 0)",
  )
})

test("an attestation alone is no signature", () => {
  const { attestations, validations } = policyFor("an identity and a bundle").spec
  expect(attestations).toEqual([{ name: "signature", intoto: { type: "https://sigstore.dev/cosign/sign/v1" } }])
  expect(validations[1]?.expression).toContain("verifyAttestationSignatures(image, attestations.signature,")
})
