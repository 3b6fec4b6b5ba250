import type { File } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import type { ServiceSettings } from "../../../lib/config/services.ts"
import { mergeVerification, type VerificationFlags } from "../../../lib/ship/options/verification-options.ts"
import type { SignerInput } from "../../../lib/sign/signer-input.ts"
import { PREDICATE_TYPES } from "../../../lib/sign/verification.ts"

const file = {} as File
const FLAGS: VerificationFlags = { signatureOnly: false, unverified: false }
const { spdxjson, cyclonedx, vuln } = PREDICATE_TYPES
const release = { kind: "release", platformTypes: [spdxjson, cyclonedx, vuln] }
const publicKey = { kind: "publicKey", publicKey: file }
const identity = { identity: "release@acme.example", issuer: "https://issuer.acme.example" }
const exact = (value: string) => ({ kind: "exact", value })
const named = { kind: "identity", identity: exact(identity.identity), issuer: exact(identity.issuer) }

type Case = {
  name: string
  given?: SignerInput
  flags?: Partial<VerificationFlags>
  settings?: ServiceSettings
  choice: object
}
const cases: Case[] = [
  { name: "nothing without a signer", choice: { kind: "noSigner" } },
  {
    name: "nothing with only the address of a private instance",
    given: { fulcioUrl: "https://f" },
    choice: { kind: "noSigner" },
  },
  {
    name: "a release by the public key of the call",
    flags: { publicKey: file },
    choice: { kind: "required", signer: publicKey, content: release },
  },
  {
    name: "a release by the constructor's identity",
    given: identity,
    choice: { kind: "required", signer: named, content: release },
  },
  {
    name: "a release by the settings' identity",
    settings: { sign: identity },
    choice: { kind: "required", signer: named, content: release },
  },
  {
    name: "a release by the settings' key in a KMS",
    settings: { sign: { kmsKey: "awskms:///alias/k" } },
    choice: { kind: "required", signer: { kind: "kms", uri: "awskms:///alias/k" }, content: release },
  },
  {
    name: "the attestations that Grype makes",
    given: identity,
    settings: { scan: { scanner: "GRYPE" } },
    choice: { content: { kind: "release", platformTypes: [cyclonedx, vuln] } },
  },
  {
    name: "the signature alone",
    flags: { publicKey: file, signatureOnly: true },
    choice: { kind: "required", content: { kind: "signature" } },
  },
  {
    name: "the signature for the repository that the image was copied from",
    flags: { publicKey: file, signedRepository: "ghcr.io/acme/app" },
    choice: { repository: "ghcr.io/acme/app" },
  },
  {
    name: "nothing if the caller says so, although the settings name a signer",
    flags: { unverified: true },
    settings: { sign: { ...identity, trustedRoot: "root.json", publicKey: "cosign.pub" } },
    choice: { kind: "waived" },
  },
]
test.each(cases)("requires $name", ({ given = {}, flags, settings = {}, choice }) => {
  expect(mergeVerification(given, { ...FLAGS, ...flags }, settings)).toMatchObject(choice)
})

test.each<{ name: string; flags: Partial<VerificationFlags>; settings?: ServiceSettings; error: string }>([
  {
    name: "a waiver with a signer of the same call",
    flags: { unverified: true, publicKey: file, signatureOnly: true },
    error: "expected either --unverified or the options of a verification, got --unverified with --public-key and",
  },
  {
    name: "options of a verification without a signer",
    flags: { signatureOnly: true },
    error: "expected a signer to verify by with --signature-only, got none. Pass --public-key, or --identity",
  },
  {
    name: "a public key in the settings, which a function without a source cannot read",
    flags: {},
    settings: { sign: { publicKey: "deploy/cosign.pub" } },
    error: "expected --public-key, because publicKey in the settings is a path",
  },
])("refuses $name", ({ flags, settings = {}, error }) => {
  expect(() => mergeVerification({}, { ...FLAGS, ...flags }, settings)).toThrow(`OPTIONS_INVALID: ${error}`)
})

test("takes the key of the call for the settings' public key", () => {
  const settings = { sign: { publicKey: "deploy/cosign.pub" } }
  expect(mergeVerification({}, { ...FLAGS, publicKey: file }, settings)).toMatchObject({ signer: publicKey })
})
