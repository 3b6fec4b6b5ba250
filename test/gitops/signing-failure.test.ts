import { expect, test } from "vitest"
import { signingFailure } from "../../lib/gitops/signing-failure.ts"

// Captured from git 2.39.5 with OpenSSH 9.2 and GnuPG 2.2 in the C locale.
test.each([
  {
    name: "a wrong password of an SSH key",
    stderr:
      'error: Load key "/slipway/signing/key": incorrect passphrase supplied to decrypt private key?\n\nfatal: failed to write commit object',
    got: "a key that does not open",
  },
  {
    name: "a wrong password of an OpenPGP key",
    stderr:
      "gpg: signing failed: Bad passphrase\nerror: gpg failed to sign the data\nfatal: failed to write commit object",
    got: "a key that does not open (gpg: signing failed: Bad passphrase)",
  },
  {
    name: "no password",
    stderr: "gpg: Sorry, we are in batchmode - can't get input\nerror: gpg failed to sign the data",
    got: "a key that does not open",
  },
  {
    name: "an image without gpg",
    stderr: "/slipway/signing/gpg: 5: gpg: not found\nerror: gpg failed to sign the data",
    got: "an image without the program",
  },
  {
    name: "an OpenPGP key cut short",
    stderr:
      "gpg: no valid OpenPGP data found.\ngpg: premature eof while reading rest of packet\nerror: gpg failed to sign the data",
    got: "a key that cannot sign",
  },
  {
    name: "a key cut short",
    stderr: "error: Couldn't load public key /slipway/signing/key: No such file or directory?",
    got: "a key that cannot sign",
  },
  { name: "anything else", stderr: "gpg: out of core", got: "a failure of the program that signs" },
])("$name", ({ stderr, got }) => {
  const { code, message } = signingFailure(stderr)
  expect(code).toBe("KEY_INVALID")
  expect(message).toContain(`expected to sign the commit, got ${got}`)
  expect(message).toContain("Nothing was pushed.")
  expect(message).not.toMatch(/GNUPG|failed to write/)
})
