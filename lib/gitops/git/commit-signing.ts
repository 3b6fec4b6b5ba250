import type { Container, Secret } from "@dagger.io/dagger"
import { fillText, readText } from "../../config/file.ts"
import { readableText } from "../../engine/secret.ts"
import { quote, SlipwayError } from "../../error.ts"
import { openSecretKey } from "./access.ts"
import { lastWords } from "./exec.ts"

/** Which program signs: ssh-keygen or gpg. */
type SigningKind = "ssh" | "openpgp"

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

/** Where a key lies while a commit is made, and at no other time. */
const SIGNING_PATHS = {
  key: "/slipway/signing/key",
  password: "/slipway/signing/password",
  /** What git calls in place of gpg. */
  gpg: "/slipway/signing/gpg",
  /** What ssh-keygen asks for a password. */
  askpass: "/slipway/signing/askpass",
  /** gpg's keyring, in memory. */
  home: "/slipway/gnupg",
}
const GPG = readText(new URL("./gpg.sh", import.meta.url))

/** git's settings for a signed commit. https://git-scm.com/docs/git-config#Documentation/git-config.txt-gpgformat */
export function signingSettings(kind: SigningKind): string[] {
  switch (kind) {
    case "ssh":
      return ["gpg.format=ssh", `user.signingKey=${SIGNING_PATHS.key}`]
    case "openpgp":
      return ["gpg.format=openpgp", `gpg.program=${SIGNING_PATHS.gpg}`]
  }
}

/**
 * gpg signs with nothing but its keyring, so the key is imported in the very exec that signs, into a keyring in memory.
 * The one key there is the default one: what git says of whom to sign as is left out. git keeps to itself what gpg says,
 * and shows no more than that it failed; so what is for people goes where git's own words go, and only the status to git.
 */
export function gpgScript({ password }: { password: boolean }): string {
  const { key, password: file, home } = SIGNING_PATHS
  const unlock = password ? `--passphrase-file ${file} ` : ""
  return fillText(GPG, { HOME: home, KEY: key, UNLOCK: unlock })
}

export const ASKPASS_SCRIPT = fillText(readText(new URL("./askpass.sh", import.meta.url)), {
  PASSWORD: SIGNING_PATHS.password,
})

/** What signs a commit: an SSH or an OpenPGP key, and its password if it has one. */
export type CommitSigning = { key: Secret; password?: Secret }

/** git's settings for the commit, and what its container needs beside them for that one exec. */
type OpenedSigning = { settings: string[]; lend: (git: Container) => Container }

export async function openSigning({ key: given, password }: CommitSigning): Promise<OpenedSigning> {
  const { key, text } = await openSecretKey(given, "--git-signing-key")
  if (password) await readableText(password, "--git-signing-password")
  const kind = parseSigningKind(text)
  const lend = (git: Container) =>
    git
      .withMountedSecret(SIGNING_PATHS.key, key, { mode: 0o400 })
      .with(withPassword(password))
      .with(withProgram(kind, { password: password !== undefined }))
  return { settings: signingSettings(kind), lend }
}

function withPassword(password?: Secret): (git: Container) => Container {
  return (git) => (password ? git.withMountedSecret(SIGNING_PATHS.password, password, { mode: 0o400 }) : git)
}

function withProgram(kind: SigningKind, { password }: { password: boolean }): (git: Container) => Container {
  const program = { permissions: 0o755 }
  switch (kind) {
    case "ssh":
      return (git) =>
        password
          ? git
              .withNewFile(SIGNING_PATHS.askpass, ASKPASS_SCRIPT, program)
              .withEnvVariable("SSH_ASKPASS", SIGNING_PATHS.askpass)
              .withEnvVariable("SSH_ASKPASS_REQUIRE", "force")
          : git
    case "openpgp":
      return (git) =>
        git
          .withNewFile(SIGNING_PATHS.gpg, gpgScript({ password }), program)
          .withMountedTemp(SIGNING_PATHS.home)
          .withEnvVariable("GNUPGHOME", SIGNING_PATHS.home)
  }
}

/** What talks to the server afterwards has no key. */
export function takeBackKey(git: Container): Container {
  return git
    .withoutMount(SIGNING_PATHS.key)
    .withoutMount(SIGNING_PATHS.password)
    .withoutMount(SIGNING_PATHS.home)
    .withoutEnvVariable("SSH_ASKPASS")
    .withoutEnvVariable("SSH_ASKPASS_REQUIRE")
}

type Explanation = { pattern: RegExp; got: string; fix: string }

/** The words of ssh-keygen and gpg in the C locale. */
const EXPLANATIONS: Explanation[] = [
  {
    pattern: /gpg: not found|ssh-keygen: (?:not found|No such file)|cannot run ssh-keygen/,
    got: "an image without the program",
    fix: "An SSH key takes ssh-keygen; an OpenPGP key takes gpg, which kustomize's image lacks: name an image with git and gpg as --git-image, such as docker.io/library/buildpack-deps:bookworm-scm by its digest.",
  },
  {
    pattern: /incorrect passphrase|Bad passphrase|No passphrase given|can't get input|Inappropriate ioctl|No pinentry/,
    got: "a key that does not open",
    fix: "Pass the password of this key beside it.",
  },
  {
    pattern:
      /[Uu]nusable secret key|No secret key|key expired|expired|revoked|no valid OpenPGP data|error in libcrypto|invalid format|Couldn't load public key/,
    got: "a key that cannot sign",
    fix: "It may be expired, revoked, for encryption alone or cut short: see gpg --list-secret-keys, or ssh-keygen -y -f.",
  },
]

/** Why a commit could not be signed; nothing of it was pushed. */
export function signingFailure(stderr: string): SlipwayError {
  const { got, fix } = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr)) ?? {
    got: "a failure of the program that signs",
    fix: "Sign something with this key by hand first.",
  }
  return new SlipwayError("KEY_INVALID", {
    expected: "to sign the commit",
    got: `${got} (${lastWords(withoutStatus(stderr))})`,
    fix: `${fix} Nothing was pushed.`,
  })
}

/** gpg's lines for programs say nothing to a person. */
function withoutStatus(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => !/^\[GNUPG:\]|^fatal: failed to write commit object|gpg failed to sign the data/.test(line))
    .join("\n")
}
