import type { File, Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import {
  chooseSigner,
  credentialPath,
  pairCredentials,
  parseSigner,
  parseSigningKey,
  type SignerFlags,
  type SignerInput,
  type SigningKeyInput,
} from "../../lib/sign/signer-input.ts"

describe("credentials", () => {
  const [id, key] = [{}, {}] as [Secret, Secret]

  test("pairs names and values in order", () => {
    const pairs = pairCredentials(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], [id, key])
    expect(pairs.map(({ name }) => name)).toEqual(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    expect(pairs[0]?.value).toBe(id)
    expect(pairs[1]?.value).toBe(key)
    expect(pairCredentials([], [])).toEqual([])
  })

  test.each([
    { name: "a missing name", names: ["A"], values: [id, key], got: "1 names for 2 credentials" },
    { name: "a missing value", names: ["A", "B"], values: [id], got: "2 names for 1 credentials" },
    { name: "a value without names", names: [], values: [id], got: "0 names for 1 credentials" },
    { name: "a name that is not a variable", names: ["aws-key"], values: [id], got: "aws-key" },
    { name: "a name with a value", names: ["A=b"], values: [id], got: "A=b" },
  ])("refuses $name", ({ names, values, got }) => {
    expect(() => pairCredentials(names, values)).toThrow(
      `in the same order, got ${got}. Pass as many --kms-credential-names`,
    )
  })

  test.each([
    { name: "GOOGLE_APPLICATION_CREDENTIALS", path: "/slipway/kms/GOOGLE_APPLICATION_CREDENTIALS" },
    { name: "AWS_WEB_IDENTITY_TOKEN_FILE", path: "/slipway/kms/AWS_WEB_IDENTITY_TOKEN_FILE" },
    { name: "AZURE_CLIENT_CERTIFICATE_PATH", path: "/slipway/kms/AZURE_CLIENT_CERTIFICATE_PATH" },
    { name: "AWS_SECRET_ACCESS_KEY", path: undefined },
    { name: "VAULT_TOKEN", path: undefined },
  ])("reads $name from $path", ({ name, path }) => expect(credentialPath(name)).toBe(path))
})

describe("key input", () => {
  const [key, password, identityToken] = [{}, {}, {}] as [Secret, Secret, Secret]
  const publicKey = {} as File
  const names = { identity: "release@acme.example", issuer: "https://id.acme.example" }
  const exact = (value: string) => ({ kind: "exact", value })
  const services = {
    fulcioUrl: undefined,
    rekorUrl: undefined,
    timestampUrl: undefined,
    signingConfig: undefined,
    trustedRoot: undefined,
  }
  const parsedNames = { identity: exact(names.identity), issuer: exact(names.issuer), services }

  describe("signing key", () => {
    test.each<{ name: string; input: SigningKeyInput; parsed: unknown }>([
      { name: "a key", input: { key }, parsed: { kind: "keyPair", key } },
      { name: "a key with a password", input: { key, password }, parsed: { kind: "keyPair", key, password } },
      {
        name: "a key in a KMS",
        input: { kmsKey: "awskms:///alias/release", kmsCredentials: [{ name: "AWS_SESSION_TOKEN", value: key }] },
        parsed: {
          kind: "kms",
          uri: "awskms:///alias/release",
          credentials: [{ name: "AWS_SESSION_TOKEN", value: key }],
        },
      },
      {
        name: "an identity token",
        input: { identityToken, ...names },
        parsed: { kind: "keyless", identityToken, ...parsedNames },
      },
      {
        name: "an identity token for a private instance",
        input: { identityToken, ...names, fulcioUrl: "https://ca.acme.example", trustedRoot: publicKey },
        parsed: {
          kind: "keyless",
          identityToken,
          ...parsedNames,
          services: { ...services, fulcioUrl: "https://ca.acme.example", trustedRoot: publicKey },
        },
      },
    ])("accepts $name", ({ input, parsed }) => expect(parseSigningKey(input)).toEqual(parsed))

    test.each<{ name: string; input: SigningKeyInput; says: string }>([
      {
        name: "no key",
        input: {},
        says: "KEY_INVALID: expected one of --cosign-key, --kms-key, --identity-token, got none.",
      },
      { name: "two keys", input: { key, identityToken }, says: "got --cosign-key and --identity-token." },
      { name: "an identity token without an identity", input: { identityToken }, says: "OPTIONS_INVALID" },
      {
        name: "an identity without issuer",
        input: { identityToken, identity: names.identity },
        says: "OPTIONS_INVALID",
      },
      {
        name: "a private instance without a trusted root",
        input: { identityToken, ...names, fulcioUrl: "https://ca.acme.example" },
        says: "OPTIONS_INVALID: expected --trusted-root with --fulcio-url or --signing-config",
      },
      { name: "a file path as a KMS key", input: { kmsKey: "/etc/passwd" }, says: 'got "/etc/passwd".' },
      { name: "an unknown KMS", input: { kmsKey: "k8s://ns/secret" }, says: 'got "k8s://ns/secret".' },
      { name: "a KMS address without a key", input: { kmsKey: "awskms://" }, says: 'got "awskms://".' },
    ])("refuses $name", ({ input, says }) => expect(() => parseSigningKey(input)).toThrow(says))
  })

  describe("accepted signer", () => {
    test.each<{ name: string; input: SignerInput; parsed: unknown }>([
      { name: "a public key", input: { publicKey }, parsed: { kind: "publicKey", publicKey } },
      {
        name: "a key in a KMS",
        input: { kmsKey: "hashivault://release" },
        parsed: { kind: "kms", uri: "hashivault://release", credentials: [] },
      },
      { name: "an identity", input: names, parsed: { kind: "identity", ...parsedNames } },
      {
        name: "a pattern for every branch of one workflow",
        input: { identityPattern: "^https://acme\\.example/release@.+$", issuer: names.issuer },
        parsed: {
          kind: "identity",
          ...parsedNames,
          identity: { kind: "pattern", value: "^https://acme\\.example/release@.+$" },
        },
      },
    ])("accepts $name", ({ input, parsed }) => expect(parseSigner(input)).toEqual(parsed))

    test.each<{ name: string; input: SignerInput; says: string }>([
      { name: "no signer", input: {}, says: "got none." },
      { name: "a key and an identity", input: { publicKey, ...names }, says: "got --public-key and --identity" },
      { name: "an issuer without an identity", input: { issuer: names.issuer }, says: "OPTIONS_INVALID" },
      {
        name: "a pattern that matches every name",
        input: { identityPattern: ".*", issuer: names.issuer },
        says: "OPTIONS_INVALID",
      },
      {
        name: "an exact identity and a pattern",
        input: { ...names, identityPattern: "^a$" },
        says: "set one of them",
      },
    ])("refuses $name", ({ input, says }) => expect(() => parseSigner(input)).toThrow(says))
  })

  describe("flags of one verification", () => {
    const trustedRoot = {} as File
    const kms = { kmsKey: "hashivault://release", kmsCredentials: [] }
    test.each<{ name: string; access: SignerInput; flags: SignerFlags; chosen: SignerInput }>([
      {
        name: "no flag, so the constructor's signer",
        access: { ...kms, trustedRoot },
        flags: {},
        chosen: { ...kms, trustedRoot },
      },
      {
        name: "a public key, without the constructor's signer",
        access: { ...kms, ...names },
        flags: { publicKey },
        chosen: { publicKey },
      },
      {
        name: "a pattern in place of the exact identity, with the constructor's issuer and trusted root",
        access: { ...kms, ...names, trustedRoot },
        flags: { identityPattern: "^a$" },
        chosen: { identityPattern: "^a$", issuer: names.issuer, trustedRoot },
      },
      {
        name: "an issuer pattern, with the constructor's identity",
        access: names,
        flags: { issuerPattern: "^b$" },
        chosen: { identity: names.identity, issuerPattern: "^b$" },
      },
      {
        name: "two of them, which are then refused",
        access: {},
        flags: { publicKey, identityPattern: "^a$" },
        chosen: { publicKey, identityPattern: "^a$" },
      },
    ])("choose $name", ({ access, flags, chosen }) => expect(chooseSigner(access, flags)).toEqual(chosen))
  })
})
