import type { Admission } from "../../src/policy/admission.ts"

const repository = "ghcr.io/acme/app"
const PEM = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
const exact = (value: string) => ({ kind: "exact" as const, value })
const pattern = (value: string) => ({ kind: "pattern" as const, value })
const bundle = { bundle: true, legacy: false }

/** Every kind of signer, with every form of signature that it can have. */
export const ADMISSIONS: Record<string, Admission> = {
  "a key and a bundle": { repository, signer: { kind: "key", publicKey: PEM }, formats: bundle },
  "a key and both forms": {
    repository,
    signer: { kind: "key", publicKey: PEM },
    formats: { bundle: true, legacy: true },
  },
  "an identity and a bundle": {
    repository,
    signer: {
      kind: "identity",
      identity: exact("https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"),
      issuer: exact("https://token.actions.githubusercontent.com"),
    },
    formats: bundle,
  },
  "an identity and the older form": {
    repository,
    signer: { kind: "identity", identity: exact("release@acme.example"), issuer: exact("https://id.acme.example") },
    formats: { bundle: false, legacy: true },
  },
  "names like a pattern, vouched for by a private instance": {
    repository,
    signer: {
      kind: "identity",
      identity: pattern("^https://github\\.com/acme/app/.+@refs/tags/.+$"),
      issuer: pattern("^https://id\\.acme\\.example$"),
      trustedRoot: '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
    },
    formats: bundle,
  },
}
