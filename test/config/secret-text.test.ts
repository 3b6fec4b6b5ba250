import type { Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { secretText } from "../../lib/config/secret-text.ts"

const secret = (plaintext: () => Promise<string>) => ({ plaintext }) as Secret

test("a secret's text is as it is", async () => {
  expect(
    await secretText(
      secret(async () => "pass word\n"),
      "--token",
    ),
  ).toBe("pass word\n")
})

test.each(["", " \n"])("an empty secret (%j) is told as one, by its argument", async (text) => {
  await expect(
    secretText(
      secret(async () => text),
      "--registry-password",
    ),
  ).rejects.toThrow(
    "OPTIONS_INVALID: expected a value for --registry-password, got an empty one. A CI secret that is not set, or that this job may not see (a fork, an unprotected branch), is empty.",
  )
})

test("a secret that is not there is told by its argument", async () => {
  const missing = async () => {
    throw new Error('rpc error: code = Unknown desc = secret env var not found: "NOT..."')
  }
  await expect(secretText(secret(missing), "--registry-password")).rejects.toThrow(
    'OPTIONS_INVALID: expected --registry-password to be readable where the command runs, got "secret env var not found: \\"NOT...\\"". Name a variable that is set (env:NAME)',
  )
})
