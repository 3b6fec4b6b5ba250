import type { Container, Secret } from "@dagger.io/dagger"
import { readableText } from "../engine/secret.ts"
import { openSecretKey } from "./secret-key.ts"
import { parseSigningKind, type SigningKind } from "./signing-kind.ts"
import { ASKPASS_SCRIPT, gpgScript, SIGNING_PATHS, signingSettings } from "./signing-settings.ts"

/** What signs a commit: an SSH or an OpenPGP key, and its password if it has one. */
export type CommitSigning = { key: Secret; password?: Secret }

/** git's settings for the commit, and what its container needs beside them for that one exec. */
export type OpenedSigning = { settings: string[]; lend: (git: Container) => Container }

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
