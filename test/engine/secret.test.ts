import type { Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { openSecret, renewAfter, secretText } from "../../lib/engine/secret.ts"

describe("secret source", () => {
  test("a secret is itself, and the way to one is gone when it is opened", async () => {
    const secret = { own: 1 } as unknown as Secret
    expect(await openSecret(secret)).toBe(secret)
    expect(await openSecret(async () => secret)).toBe(secret)
  })

  test("what is older than its time is asked for again, and what is not is asked for once", async () => {
    let [asked, clock] = [0, 0]
    const token = renewAfter(
      async () => ++asked,
      600,
      () => clock,
    )
    expect(await Promise.all([token(), token()])).toEqual([1, 1])
    clock = 600_000
    expect(await token()).toBe(1)
    clock = 600_001
    expect(await token()).toBe(2)
  })

  test("a failure is told, and not kept", async () => {
    let asked = 0
    const token = renewAfter(async () => {
      asked += 1
      if (asked === 1) throw new Error("503")
      return asked
    }, 600)
    await expect(token()).rejects.toThrow("503")
    expect(await token()).toBe(2)
  })
})

describe("secret text", () => {
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
})
