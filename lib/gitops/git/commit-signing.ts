import type { Container, Secret } from "@dagger.io/dagger"
import { fillText, readText } from "../../config/file.ts"
import { readableText } from "../../engine/secret.ts"
import { withSecretFile } from "../../engine/secret-use.ts"
import { quote, SlipwayError } from "../../error.ts"
import { openSecretKey } from "./access.ts"
import { lastLines } from "./exec.ts"

/** The program that signs: ssh-keygen or gpg. */
type SigningKind = "ssh" | "openpgp"

const FIRST_LINES: { kind: SigningKind; line: RegExp }[] = [
  { kind: "openpgp", line: /^-----BEGIN PGP PRIVATE KEY BLOCK-----\s*$/m },
  { kind: "ssh", line: /^-----BEGIN (?:(?:OPENSSH|RSA|EC|ENCRYPTED) )?PRIVATE KEY-----\s*$/m },
]

/** Reads the kind from the key's header. An error names at most the header, never a line of the key. */
export function parseSigningKind(text: string): SigningKind {
  const found = FIRST_LINES.find(({ line }) => line.test(text))
  if (found) return found.kind
  throw new SlipwayError("KEY_INVALID", {
    expected: "a private key to sign commits with: an OpenSSH key, or an armored OpenPGP key",
    got: describe(text),
    fix: "Set --git-signing-key to the file that ssh-keygen wrote, or to the output of gpg --armor --export-secret-keys.",
  })
}

function describe(text: string): string {
  const [, block] = text.match(/-----BEGIN ([A-Z0-9 ]{1,40})-----/) ?? []
  if (block) return `a block ${quote(block)}`
  if (/^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ /.test(text)) return "a public SSH key"
  return text.trim() ? "something else" : "nothing"
}

/** Paths that exist only while git commits. */
const SIGNING_PATHS = {
  key: "/slipway/signing/key",
  password: "/slipway/signing/password",
  /** The program that git runs instead of gpg. */
  gpg: "/slipway/signing/gpg",
  /** The program that prints the password to ssh-keygen. */
  askpass: "/slipway/signing/askpass",
  /** gpg's keyring, on a tmpfs. */
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
 * gpg signs only with a key in its keyring, so the exec that signs imports the key into a keyring on a tmpfs. As the only
 * key it is gpg's default, so git's --local-user is dropped. git hides gpg's stderr, so the program writes it to git's own
 * stderr and returns only the status lines to git.
 */
export function gpgScript({ password }: { password: boolean }): string {
  const { key, password: file, home } = SIGNING_PATHS
  const unlock = password ? `--passphrase-file ${file} ` : ""
  return fillText(GPG, { HOME: home, KEY: key, UNLOCK: unlock })
}

export const ASKPASS_SCRIPT = fillText(readText(new URL("./askpass.sh", import.meta.url)), {
  PASSWORD: SIGNING_PATHS.password,
})

/** An SSH or OpenPGP key that signs commits, and its password if it is encrypted; `image` is that of git. */
export type CommitSigning = { key: Secret; password?: Secret; image: string }

/** git's settings for a signed commit, and a function that mounts the key for that exec. */
type OpenedSigning = { settings: string[]; mount: (git: Container) => Container }

export async function openSigning({ key: given, password, image: to }: CommitSigning): Promise<OpenedSigning> {
  const { key, text } = await openSecretKey(given, "--git-signing-key")
  if (password) await readableText(password, "--git-signing-password")
  const kind = parseSigningKind(text)
  const mount = (git: Container) =>
    git
      .with(withSecretFile({ path: SIGNING_PATHS.key, secret: key, to, mode: 0o400 }))
      .with(withPassword(password, to))
      .with(withProgram(kind, { password: password !== undefined }))
  return { settings: signingSettings(kind), mount }
}

function withPassword(secret: Secret | undefined, to: string): (git: Container) => Container {
  return secret ? withSecretFile({ path: SIGNING_PATHS.password, secret, to, mode: 0o400 }) : (git) => git
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

/** Removes the key before the container contacts the server. */
export function removeKey(git: Container): Container {
  return git
    .withoutMount(SIGNING_PATHS.key)
    .withoutMount(SIGNING_PATHS.password)
    .withoutMount(SIGNING_PATHS.home)
    .withoutEnvVariable("SSH_ASKPASS")
    .withoutEnvVariable("SSH_ASKPASS_REQUIRE")
}

type Explanation = { pattern: RegExp; got: string; fix: string }

/** Messages of ssh-keygen and gpg in the C locale. */
const EXPLANATIONS: Explanation[] = [
  {
    pattern: /gpg: not found|ssh-keygen: (?:not found|No such file)|cannot run ssh-keygen/,
    got: "an image without ssh-keygen or gpg",
    fix: "Set --git-image to an image with git and gpg, such as docker.io/library/buildpack-deps:bookworm-scm by its digest: an OpenPGP key needs gpg, which the kustomize image lacks; an SSH key needs ssh-keygen.",
  },
  {
    pattern: /incorrect passphrase|Bad passphrase|No passphrase given|can't get input|Inappropriate ioctl|No pinentry/,
    got: "an encrypted key and no matching password",
    fix: "Pass the key's password as --git-signing-password.",
  },
  {
    pattern:
      /[Uu]nusable secret key|No secret key|key expired|expired|revoked|no valid OpenPGP data|error in libcrypto|invalid format|Couldn't load public key/,
    got: "a key that cannot sign",
    fix: "Check the key with gpg --list-secret-keys or ssh-keygen -y -f: it may be expired, revoked, for encryption only or truncated.",
  },
]

/** The error of a commit that could not be signed. */
export function signingFailure(stderr: string): SlipwayError {
  const { got, fix } = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr)) ?? {
    got: "a failure of the signing program",
    fix: "Check the key by signing a file with it locally.",
  }
  return new SlipwayError("KEY_INVALID", {
    expected: "to sign the commit",
    got: `${got} (${lastLines(withoutStatus(stderr))})`,
    fix: `${fix} Nothing was pushed.`,
  })
}

/** Removes gpg's status lines, which are for programs. */
function withoutStatus(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => !/^\[GNUPG:\]|^fatal: failed to write commit object|gpg failed to sign the data/.test(line))
    .join("\n")
}
