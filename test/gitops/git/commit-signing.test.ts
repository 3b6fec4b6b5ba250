import { describe, expect, test } from "vitest"
import { gpgScript, parseSigningKind, signingFailure, signingSettings } from "../../../lib/gitops/git/commit-signing.ts"

describe("signing kind", () => {
  const block = (name: string, end = "\n") =>
    `-----BEGIN ${name}-----${end}secret-bytes${end}-----END ${name}-----${end}`

  test.each([
    { name: "an OpenSSH key", text: block("OPENSSH PRIVATE KEY"), kind: "ssh" },
    { name: "an older RSA key", text: block("RSA PRIVATE KEY"), kind: "ssh" },
    { name: "an encrypted PKCS8 key", text: block("ENCRYPTED PRIVATE KEY"), kind: "ssh" },
    { name: "a key with CRLF line endings", text: block("OPENSSH PRIVATE KEY", "\r\n"), kind: "ssh" },
    { name: "an OpenPGP key", text: block("PGP PRIVATE KEY BLOCK"), kind: "openpgp" },
    {
      name: "an OpenPGP key with its public key",
      text: block("PGP PUBLIC KEY BLOCK") + block("PGP PRIVATE KEY BLOCK"),
      kind: "openpgp",
    },
  ])("reads the kind of $name", ({ text, kind }) => expect(parseSigningKind(text)).toBe(kind))

  test.each([
    { name: "a blank text", text: " \n", got: "nothing" },
    { name: "a public SSH key", text: "ssh-ed25519 AAAAC3Nz someone", got: "a public SSH key" },
    { name: "a public OpenPGP key", text: block("PGP PUBLIC KEY BLOCK"), got: 'a block "PGP PUBLIC KEY BLOCK"' },
    {
      name: "a cosign key",
      text: block("ENCRYPTED SIGSTORE PRIVATE KEY"),
      got: 'a block "ENCRYPTED SIGSTORE PRIVATE KEY"',
    },
    { name: "a password", text: "hunter2", got: "something else" },
  ])("refuses $name and does not show it", ({ text, got }) => {
    const run = () => parseSigningKind(text)
    expect(run).toThrow(`KEY_INVALID: expected a private key to sign commits with`)
    expect(run).toThrow(`, got ${got}. Set --git-signing-key`)
    expect(run).not.toThrow(/secret-bytes|hunter2|AAAA/)
  })
})

describe("signing settings", () => {
  test.each([
    { kind: "ssh" as const, settings: ["gpg.format=ssh", "user.signingKey=/slipway/signing/key"] },
    { kind: "openpgp" as const, settings: ["gpg.format=openpgp", "gpg.program=/slipway/signing/gpg"] },
  ])("passes a path of the key or its program to git for $kind", ({ kind, settings }) => {
    expect(signingSettings(kind)).toEqual(settings)
  })

  test("imports the OpenPGP key from its mount, without a password prompt", () => {
    expect(gpgScript({ password: false })).toBe(`#!/bin/sh
set -e
exec 3>&2 2>/proc/$PPID/fd/2
chmod 700 /slipway/gnupg
gpg --batch --quiet --import /slipway/signing/key
exec gpg --batch --pinentry-mode loopback --status-fd=3 --detach-sign --armor
`)
    expect(gpgScript({ password: true })).toContain(
      "gpg --batch --pinentry-mode loopback --passphrase-file /slipway/signing/password --status-fd=3",
    )
  })
})

describe("signing failure", () => {
  // Captured from git 2.39.5 with OpenSSH 9.2 and GnuPG 2.2 in the C locale.
  test.each([
    {
      name: "a wrong password of an SSH key",
      stderr:
        'error: Load key "/slipway/signing/key": incorrect passphrase supplied to decrypt private key?\n\nfatal: failed to write commit object',
      got: "an encrypted key and no matching password",
    },
    {
      name: "a wrong password of an OpenPGP key",
      stderr:
        "gpg: signing failed: Bad passphrase\nerror: gpg failed to sign the data\nfatal: failed to write commit object",
      got: "an encrypted key and no matching password (gpg: signing failed: Bad passphrase)",
    },
    {
      name: "no password",
      stderr: "gpg: Sorry, we are in batchmode - can't get input\nerror: gpg failed to sign the data",
      got: "an encrypted key and no matching password",
    },
    {
      name: "an image without gpg",
      stderr: "/slipway/signing/gpg: 5: gpg: not found\nerror: gpg failed to sign the data",
      got: "an image without ssh-keygen or gpg",
    },
    {
      name: "a truncated OpenPGP key",
      stderr:
        "gpg: no valid OpenPGP data found.\ngpg: premature eof while reading rest of packet\nerror: gpg failed to sign the data",
      got: "a key that cannot sign",
    },
    {
      name: "a truncated SSH key",
      stderr: "error: Couldn't load public key /slipway/signing/key: No such file or directory?",
      got: "a key that cannot sign",
    },
    { name: "another failure", stderr: "gpg: out of core", got: "a failure of the signing program" },
  ])("explains $name", ({ stderr, got }) => {
    const { code, message } = signingFailure(stderr)
    expect(code).toBe("KEY_INVALID")
    expect(message).toContain(`expected to sign the commit, got ${got}`)
    expect(message).toContain("Nothing was pushed.")
    expect(message).not.toMatch(/GNUPG|failed to write/)
  })
})
