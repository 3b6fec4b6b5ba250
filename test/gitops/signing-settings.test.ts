import { expect, test } from "vitest"
import { gpgScript, signingSettings } from "../../lib/gitops/signing-settings.ts"

test.each([
  { kind: "ssh" as const, settings: ["gpg.format=ssh", "user.signingKey=/slipway/signing/key"] },
  { kind: "openpgp" as const, settings: ["gpg.format=openpgp", "gpg.program=/slipway/signing/gpg"] },
])("$kind names where the key or its program lies, never the key", ({ kind, settings }) => {
  expect(signingSettings(kind)).toEqual(settings)
})

test("gpg imports the key from its mount, and asks no terminal for a password", () => {
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
