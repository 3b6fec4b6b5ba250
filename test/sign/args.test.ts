import type { File, Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { digestOf, parseDigestRef } from "../../lib/oci/reference.ts"
import * as cosign from "../../lib/sign/args.ts"
import type { Signer, SigningKey } from "../../lib/sign/signer.ts"
import { SignatureFormat } from "../../src/enums.ts"

const secret = {} as Secret
const file = {} as File
const ref = parseDigestRef(`ghcr.io/acme/app@${digestOf("")}`)
const repository = "ghcr.io/acme/app"
const target = { ref, plainHttp: false, format: "v3" as const }
const key: SigningKey = { kind: "keyPair", key: secret }
const kms: SigningKey = { kind: "kms", uri: "awskms:///alias/release", credentials: [] }
const identity = { kind: "exact" as const, value: "release@acme.example" }
const issuer = { kind: "pattern" as const, value: "^https://id[.]acme[.]example$" }
const keyless = (services: object): SigningKey => ({
  ...{ kind: "keyless", identityToken: secret, identity, issuer },
  services,
})
const signer = (services: object): Signer => ({ kind: "identity", identity, issuer, services })

const OFFLINE = "--use-signing-config=false --tlog-upload=false"
const WHERE = `-a dev.slipway.repository=${repository}`
const TOKEN = "--identity-token /slipway/identity-token --oidc-disable-ambient-providers"

describe("cosign sign", () => {
  test.each([
    { name: "a key, offline", key, line: `sign --key env://SLIPWAY_SIGNING_KEY ${OFFLINE} ${WHERE} --yes ${ref}` },
    { name: "a KMS key", key: kms, line: `sign --key awskms:///alias/release ${OFFLINE} ${WHERE} --yes ${ref}` },
    { name: "an identity and the public instance", key: keyless({}), line: `sign ${TOKEN} ${WHERE} --yes ${ref}` },
    {
      name: "an identity and private services without a log",
      key: keyless({ fulcioUrl: "https://f", timestampUrl: "https://t" }),
      line: `sign ${TOKEN} --use-signing-config=false --fulcio-url https://f --tlog-upload=false --timestamp-server-url https://t ${WHERE} --yes ${ref}`,
    },
    {
      name: "an identity and a private log",
      key: keyless({ rekorUrl: "https://r", trustedRoot: file }),
      line: `sign ${TOKEN} --use-signing-config=false --rekor-url https://r --trusted-root /slipway/trusted-root.json ${WHERE} --yes ${ref}`,
    },
    {
      name: "an identity and a signing config",
      key: keyless({ signingConfig: file, trustedRoot: file }),
      line: `sign ${TOKEN} --signing-config /slipway/signing-config.json --trusted-root /slipway/trusted-root.json ${WHERE} --yes ${ref}`,
    },
  ])("signs with $name", ({ key, line }) => {
    expect(cosign.signArgs(key, { ...target, repository })).toEqual(line.split(" "))
  })

  test("signs with an identity in the older format, without a signing config", () => {
    const args = cosign.signArgs(keyless({}), { ...target, format: "legacy", repository })
    expect(args.slice(0, 5)).toEqual(`sign ${TOKEN} --use-signing-config=false`.split(" "))
  })

  test("signs without TLS in the older format", () => {
    const args = cosign.signArgs(key, { ref, plainHttp: true, format: "legacy", repository })
    expect(args.slice(-4)).toEqual(["--new-bundle-format=false", "--allow-http-registry", "--yes", ref])
  })
})

test("attests with the predicate's type and file", () => {
  expect(cosign.attestArgs(key, { ...target, type: "https://slsa.dev/provenance/v1" })).toEqual(
    `attest --key env://SLIPWAY_SIGNING_KEY ${OFFLINE} --type https://slsa.dev/provenance/v1 --predicate /slipway/predicate.json --yes ${ref}`.split(
      " ",
    ),
  )
})

describe("cosign verify", () => {
  const NAMES = `--certificate-identity release@acme.example --certificate-oidc-issuer-regexp ${issuer.value}`
  test.each([
    {
      name: "a key",
      signer: { kind: "publicKey", publicKey: file } as Signer,
      line: `verify --key /slipway/cosign.pub --insecure-ignore-tlog ${ref}`,
    },
    {
      name: "a KMS key",
      signer: kms as Signer,
      line: `verify --key awskms:///alias/release --insecure-ignore-tlog ${ref}`,
    },
    { name: "an identity with the public log", signer: signer({}), line: `verify ${NAMES} ${ref}` },
    {
      name: "an identity with a timestamp only",
      signer: signer({ timestampUrl: "https://t", trustedRoot: file }),
      line: `verify ${NAMES} --use-signed-timestamps --insecure-ignore-tlog --trusted-root /slipway/trusted-root.json ${ref}`,
    },
    {
      name: "an identity with a timestamp and a log",
      signer: signer({ timestampUrl: "https://t", rekorUrl: "https://r" }),
      line: `verify ${NAMES} --use-signed-timestamps ${ref}`,
    },
  ])("verifies $name", ({ signer, line }) => expect(cosign.verifyArgs(signer, target)).toEqual(line.split(" ")))

  const ROOT = "--trusted-root /slipway/trusted-root.json"
  test.each([
    {
      name: "with every service",
      proofs: { log: true, certificateLog: true, timestamps: true },
      asks: ROOT,
    },
    {
      name: "with a timestamp authority only",
      proofs: { log: false, certificateLog: false, timestamps: true },
      asks: `--use-signed-timestamps --insecure-ignore-tlog --insecure-ignore-sct ${ROOT}`,
    },
    {
      name: "with a log only",
      proofs: { log: true, certificateLog: false, timestamps: false },
      asks: `--insecure-ignore-sct ${ROOT}`,
    },
  ])("requires the proofs of an instance $name", ({ proofs, asks }) => {
    const args = cosign.verifyArgs(signer({ trustedRoot: file }), { ...target, proofs })
    expect(args).toEqual(`verify ${NAMES} ${asks} ${ref}`.split(" "))
  })

  test("verifies an attestation of the given type", () => {
    const args = cosign.verifyAttestationArgs({ kind: "publicKey", publicKey: file }, { ...target, type: "vuln" })
    expect(args).toEqual(
      `verify-attestation --type vuln --key /slipway/cosign.pub --insecure-ignore-tlog ${ref}`.split(" "),
    )
  })
})

test.each([
  { format: SignatureFormat.BUNDLE, written: ["v3"] },
  { format: SignatureFormat.LEGACY, written: ["legacy"] },
  { format: SignatureFormat.BOTH, written: ["v3", "legacy"] },
])("writes the format $format as $written", ({ format, written }) => {
  expect(cosign.bundleFormats(format)).toEqual(written)
})

test("reads the public half of a key, and writes a new pair with the given prefix", () => {
  expect(cosign.publicKeyArgs(key)).toEqual(["public-key", "--key", "env://SLIPWAY_SIGNING_KEY"])
  expect(cosign.publicKeyArgs({ kind: "kms", uri: "gcpkms://k" })).toEqual(["public-key", "--key", "gcpkms://k"])
  expect(cosign.generateKeyPairArgs("/w/c")).toEqual(["generate-key-pair", "--output-key-prefix", "/w/c"])
})

describe("cosign sign-blob and verify-blob", () => {
  test.each([
    { name: "a key, offline", by: key, line: `--key env://SLIPWAY_SIGNING_KEY ${OFFLINE}` },
    { name: "a token", by: keyless({}), line: TOKEN },
  ])("signs with $name", ({ by, line }) => {
    expect(cosign.signBlobArgs(by, "/out.json").join(" ")).toBe(
      `sign-blob ${line} --bundle /out.json --yes /slipway/blob`,
    )
  })

  test.each([
    {
      name: "a key",
      by: { kind: "publicKey", publicKey: file } as const,
      line: "--key /slipway/cosign.pub --insecure-ignore-tlog",
    },
    {
      name: "an identity",
      by: signer({}),
      line: "--certificate-identity release@acme.example --certificate-oidc-issuer-regexp ^https://id[.]acme[.]example$",
    },
  ])("verifies $name", ({ by, line }) => {
    expect(cosign.verifyBlobArgs(by).join(" ")).toBe(
      `verify-blob ${line} --bundle /slipway/blob.sigstore.json /slipway/blob`,
    )
  })
})
