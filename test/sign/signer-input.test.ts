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

  test("pairs names and values in their order", () => {
    const pairs = pairCredentials(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], [id, key])
    expect(pairs.map(({ name }) => name)).toEqual(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    expect(pairs[0]?.value).toBe(id)
    expect(pairs[1]?.value).toBe(key)
    expect(pairCredentials([], [])).toEqual([])
  })

  test.each([
    { name: "a name too few", names: ["A"], values: [id, key], got: "1 names for 2 credentials" },
    { name: "a value too few", names: ["A", "B"], values: [id], got: "2 names for 1 credentials" },
    { name: "a value without any name", names: [], values: [id], got: "0 names for 1 credentials" },
    { name: "a name that is no variable", names: ["aws-key"], values: [id], got: "aws-key" },
    { name: "a name with a value behind it", names: ["A=b"], values: [id], got: "A=b" },
  ])("refuses $name", ({ names, values, got }) => {
    expect(() => pairCredentials(names, values)).toThrow(`in the same order, got ${got}. Give --kms-credentials`)
  })

  test.each([
    { name: "GOOGLE_APPLICATION_CREDENTIALS", path: "/slipway/kms/GOOGLE_APPLICATION_CREDENTIALS" },
    { name: "AWS_WEB_IDENTITY_TOKEN_FILE", path: "/slipway/kms/AWS_WEB_IDENTITY_TOKEN_FILE" },
    { name: "AZURE_CLIENT_CERTIFICATE_PATH", path: "/slipway/kms/AZURE_CLIENT_CERTIFICATE_PATH" },
    { name: "AWS_SECRET_ACCESS_KEY", path: undefined },
    { name: "VAULT_TOKEN", path: undefined },
  ])("$name is read from $path", ({ name, path }) => expect(credentialPath(name)).toBe(path))
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

  describe("what signs", () => {
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
    ])("is $name", ({ input, parsed }) => expect(parseSigningKey(input)).toEqual(parsed))

    test.each<{ name: string; input: SigningKeyInput; says: string }>([
      {
        name: "nothing",
        input: {},
        says: "KEY_INVALID: expected one of --cosign-key, --kms-key, --identity-token, got none.",
      },
      { name: "two ways", input: { key, identityToken }, says: "got --cosign-key and --identity-token." },
      { name: "an identity token that names nobody", input: { identityToken }, says: "OPTIONS_INVALID" },
      {
        name: "an identity without issuer",
        input: { identityToken, identity: names.identity },
        says: "OPTIONS_INVALID",
      },
      {
        name: "a private instance without its root",
        input: { identityToken, ...names, fulcioUrl: "https://ca.acme.example" },
        says: "OPTIONS_INVALID: expected --trusted-root beside --fulcio-url or --signing-config",
      },
      { name: "a file's path as a KMS key", input: { kmsKey: "/etc/passwd" }, says: 'got "/etc/passwd".' },
      { name: "a KMS of another kind", input: { kmsKey: "k8s://ns/secret" }, says: 'got "k8s://ns/secret".' },
      { name: "a KMS address without a key", input: { kmsKey: "awskms://" }, says: 'got "awskms://".' },
    ])("is not $name", ({ input, says }) => expect(() => parseSigningKey(input)).toThrow(says))
  })

  describe("whom a verification accepts", () => {
    test.each<{ name: string; input: SignerInput; parsed: unknown }>([
      { name: "a public key", input: { publicKey }, parsed: { kind: "publicKey", publicKey } },
      {
        name: "a key in a KMS",
        input: { kmsKey: "hashivault://release" },
        parsed: { kind: "kms", uri: "hashivault://release", credentials: [] },
      },
      { name: "an identity", input: names, parsed: { kind: "identity", ...parsedNames } },
      {
        name: "any branch of one workflow",
        input: { identityPattern: "^https://acme\\.example/release@.+$", issuer: names.issuer },
        parsed: {
          kind: "identity",
          ...parsedNames,
          identity: { kind: "pattern", value: "^https://acme\\.example/release@.+$" },
        },
      },
    ])("is $name", ({ input, parsed }) => expect(parseSigner(input)).toEqual(parsed))

    test.each<{ name: string; input: SignerInput; says: string }>([
      { name: "anybody", input: {}, says: "got none." },
      { name: "a key or an identity", input: { publicKey, ...names }, says: "got --public-key and --identity" },
      { name: "an issuer's every user", input: { issuer: names.issuer }, says: "OPTIONS_INVALID" },
      { name: "everybody by pattern", input: { identityPattern: ".*", issuer: names.issuer }, says: "OPTIONS_INVALID" },
      {
        name: "an identity exact and by pattern",
        input: { ...names, identityPattern: "^a$" },
        says: "give one of them",
      },
    ])("is not $name", ({ input, says }) => expect(() => parseSigner(input)).toThrow(says))
  })

  describe("a verification's own flags", () => {
    const trustedRoot = {} as File
    const kms = { kmsKey: "hashivault://release", kmsCredentials: [] }
    test.each<{ name: string; access: SignerInput; flags: SignerFlags; chosen: SignerInput }>([
      {
        name: "none: the access's signer",
        access: { ...kms, trustedRoot },
        flags: {},
        chosen: { ...kms, trustedRoot },
      },
      { name: "a public key: no other", access: { ...kms, ...names }, flags: { publicKey }, chosen: { publicKey } },
      {
        name: "a pattern: in place of the exact identity, with the access's issuer and root",
        access: { ...kms, ...names, trustedRoot },
        flags: { identityPattern: "^a$" },
        chosen: { identityPattern: "^a$", issuer: names.issuer, trustedRoot },
      },
      {
        name: "an issuer's pattern: with the access's identity",
        access: names,
        flags: { issuerPattern: "^b$" },
        chosen: { identity: names.identity, issuerPattern: "^b$" },
      },
      {
        name: "two of them: both, and refused as ever",
        access: {},
        flags: { publicKey, identityPattern: "^a$" },
        chosen: { publicKey, identityPattern: "^a$" },
      },
    ])("$name", ({ access, flags, chosen }) => expect(chooseSigner(access, flags)).toEqual(chosen))
  })
})
