import type { Admission, AdmittedIdentity } from "../../lib/policy/admission.ts"

const repository = "ghcr.io/acme/app"
const PEM = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
const exact = (value: string) => ({ kind: "exact" as const, value })
const pattern = (value: string) => ({ kind: "pattern" as const, value })
const bundle = { bundle: true, legacy: false }
const older = { bundle: false, legacy: true }
const PUBLIC = { log: true, timestamps: false, certificateLog: true }

/** The time at which the policies are written. */
export const NOW = new Date("2026-06-01T00:00:00Z")

const base64 = (text: string) => Buffer.from(text).toString("base64")
const since = { start: "2020-01-01T00:00:00Z" }
const authority = (name: string, validFor: object = since) => ({
  subject: { organization: "acme", commonName: name },
  uri: `https://${name}.acme.example`,
  certChain: { certificates: [{ rawBytes: base64(`${name} leaf`) }, { rawBytes: base64(`${name} root`) }] },
  validFor,
})
const log = (name: string, validFor: object = since) => ({
  baseUrl: `https://${name}.acme.example`,
  hashAlgorithm: "SHA2_256",
  publicKey: { rawBytes: base64(`${name} key`), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
})
/** The trusted_root.json of a private instance with a certificate authority and these parts. */
export const rootWith = (parts: object): string =>
  JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    certificateAuthorities: [authority("fulcio")],
    ...parts,
  })
export const STAMPED = rootWith({ timestampAuthorities: [authority("tsa")] })
export const LOGGED = rootWith({ tlogs: [log("rekor")] })
export const LOGGED_TWICE = rootWith({ tlogs: [log("rekor")], ctlogs: [log("ct")] })
const over = { start: "2020-01-01T00:00:00Z", end: "2026-05-31T23:59:59Z" }
const toCome = { start: "2026-06-02T00:00:00Z" }
export const ROTATED = rootWith({
  certificateAuthorities: [authority("retired", over), authority("fulcio"), authority("next", toCome)],
  timestampAuthorities: [authority("retired-tsa", over), authority("tsa")],
})

const privately = (trustedRoot: string, proofs: AdmittedIdentity["proofs"]): AdmittedIdentity => ({
  kind: "identity",
  identity: exact("release@acme.example"),
  issuer: exact("https://id.acme.example"),
  proofs,
  trustedRoot,
})
const stamped = { log: false, timestamps: true, certificateLog: false }

/** Every kind of signer, with every format of signature that it can have. */
export const ADMISSIONS: Record<string, Admission> = {
  "a key and a bundle": { repository, signer: { kind: "key", publicKey: PEM }, formats: bundle },
  "a key and both formats": {
    repository,
    signer: { kind: "key", publicKey: PEM },
    formats: { bundle: true, legacy: true },
  },
  "a key and the older format": { repository, signer: { kind: "key", publicKey: PEM }, formats: older },
  "an identity and a bundle": {
    repository,
    signer: {
      kind: "identity",
      identity: exact("https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"),
      issuer: exact("https://token.actions.githubusercontent.com"),
      proofs: PUBLIC,
    },
    formats: bundle,
  },
  "an identity and the older format": {
    repository,
    signer: {
      kind: "identity",
      identity: exact("release@acme.example"),
      issuer: exact("https://id.acme.example"),
      proofs: PUBLIC,
    },
    formats: older,
  },
  "an identity with a timestamp alone": {
    repository,
    signer: {
      kind: "identity",
      identity: exact("release@acme.example"),
      issuer: exact("https://id.acme.example"),
      proofs: { log: false, timestamps: true, certificateLog: true },
    },
    formats: bundle,
  },
  "names like a pattern, vouched for by a private instance": {
    repository,
    signer: {
      ...privately(STAMPED, stamped),
      identity: pattern("^https://github\\.com/acme/app/.+@refs/tags/.+$"),
      issuer: pattern("^https://id\\.acme\\.example$"),
    },
    formats: bundle,
  },
  "a private instance with timestamps": { repository, signer: privately(STAMPED, stamped), formats: bundle },
  "a private instance with a log": {
    repository,
    signer: privately(LOGGED, { log: true, timestamps: false, certificateLog: false }),
    formats: bundle,
  },
  "a private instance with both logs": {
    repository,
    signer: privately(LOGGED_TWICE, PUBLIC),
    formats: bundle,
  },
  "a private instance with timestamps and a log": {
    repository,
    signer: privately(rootWith({ timestampAuthorities: [authority("tsa")], tlogs: [log("rekor")] }), {
      log: true,
      timestamps: true,
      certificateLog: false,
    }),
    formats: bundle,
  },
  "a private instance and the older format": { repository, signer: privately(STAMPED, stamped), formats: older },
  "a private instance with both logs and the older format": {
    repository,
    signer: privately(LOGGED_TWICE, PUBLIC),
    formats: older,
  },
  "a private instance whose keys were rotated": { repository, signer: privately(ROTATED, stamped), formats: bundle },
}

export function admissionOf(name: string): Admission {
  const admission = ADMISSIONS[name]
  if (!admission) throw new Error(`no admission is named ${name}`)
  return admission
}
