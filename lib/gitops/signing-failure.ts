import { SlipwayError } from "../error.ts"
import { lastWords } from "./git-failure.ts"

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
