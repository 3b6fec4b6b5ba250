import { quote, SlipwayError } from "../error.ts"

/** Which program signs: ssh-keygen or gpg. */
export type SigningKind = "ssh" | "openpgp"

const FIRST_LINES: { kind: SigningKind; line: RegExp }[] = [
  { kind: "openpgp", line: /^-----BEGIN PGP PRIVATE KEY BLOCK-----\s*$/m },
  { kind: "ssh", line: /^-----BEGIN (?:(?:OPENSSH|RSA|EC|ENCRYPTED) )?PRIVATE KEY-----\s*$/m },
]

/** A key says itself what it is for. An error names at most the kind of block that it found, never a line of a key. */
export function parseSigningKind(text: string): SigningKind {
  const found = FIRST_LINES.find(({ line }) => line.test(text))
  if (found) return found.kind
  throw new SlipwayError("KEY_INVALID", {
    expected: "a private key to sign commits with: an OpenSSH key, or an armored OpenPGP key",
    got: describe(text),
    fix: "Pass the file that ssh-keygen wrote, or the output of gpg --armor --export-secret-keys.",
  })
}

function describe(text: string): string {
  const [, block] = text.match(/-----BEGIN ([A-Z0-9 ]{1,40})-----/) ?? []
  if (block) return `a block ${quote(block)}`
  if (/^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ /.test(text)) return "a public SSH key"
  return text.trim() ? "something else" : "nothing"
}
