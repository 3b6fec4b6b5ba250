import { fillText, readText } from "../config/file.ts"
import type { SigningKind } from "./signing-kind.ts"

/** Where a key lies while a commit is made, and at no other time. */
export const SIGNING_PATHS = {
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
