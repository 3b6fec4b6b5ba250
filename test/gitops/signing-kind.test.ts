import { expect, test } from "vitest"
import { parseSigningKind } from "../../lib/gitops/signing-kind.ts"

const block = (name: string, end = "\n") => `-----BEGIN ${name}-----${end}secret-bytes${end}-----END ${name}-----${end}`

test.each([
  { name: "an OpenSSH key", text: block("OPENSSH PRIVATE KEY"), kind: "ssh" },
  { name: "an older RSA key", text: block("RSA PRIVATE KEY"), kind: "ssh" },
  { name: "an encrypted PKCS8 key", text: block("ENCRYPTED PRIVATE KEY"), kind: "ssh" },
  { name: "Windows' line ends", text: block("OPENSSH PRIVATE KEY", "\r\n"), kind: "ssh" },
  { name: "an OpenPGP key", text: block("PGP PRIVATE KEY BLOCK"), kind: "openpgp" },
  {
    name: "both halves of an OpenPGP key",
    text: block("PGP PUBLIC KEY BLOCK") + block("PGP PRIVATE KEY BLOCK"),
    kind: "openpgp",
  },
])("$name", ({ text, kind }) => expect(parseSigningKind(text)).toBe(kind))

test.each([
  { name: "nothing", text: " \n", got: "nothing" },
  { name: "a public SSH key", text: "ssh-ed25519 AAAAC3Nz someone", got: "a public SSH key" },
  { name: "a public OpenPGP key", text: block("PGP PUBLIC KEY BLOCK"), got: 'a block "PGP PUBLIC KEY BLOCK"' },
  {
    name: "a cosign key",
    text: block("ENCRYPTED SIGSTORE PRIVATE KEY"),
    got: 'a block "ENCRYPTED SIGSTORE PRIVATE KEY"',
  },
  { name: "a password", text: "hunter2", got: "something else" },
])("refuses $name, and shows none of it", ({ text, got }) => {
  const run = () => parseSigningKind(text)
  expect(run).toThrow(`KEY_INVALID: expected a private key to sign commits with`)
  expect(run).toThrow(`, got ${got}. Pass`)
  expect(run).not.toThrow(/secret-bytes|hunter2|AAAA/)
})
