import type { Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { openSecret, renewAfter, secretText } from "../../lib/engine/secret.ts"

describe("secret source", () => {
  test("opens a secret, and a function that fetches one", async () => {
    const secret = { own: 1 } as unknown as Secret
    expect(await openSecret(secret)).toBe(secret)
    expect(await openSecret(async () => secret)).toBe(secret)
  })

  test("fetches a cached value again after its time, and only then", async () => {
    let [fetches, clock] = [0, 0]
    const token = renewAfter(
      async () => ++fetches,
      600,
      () => clock,
    )
    expect(await Promise.all([token(), token()])).toEqual([1, 1])
    clock = 600_000
    expect(await token()).toBe(1)
    clock = 600_001
    expect(await token()).toBe(2)
  })

  test("fetches a value again after the time that it has itself", async () => {
    let [fetches, clock] = [0, 0]
    const token = renewAfter(
      async () => ++fetches,
      (value) => value * 10,
      () => clock,
    )
    expect(await token()).toBe(1)
    clock = 10_001
    expect(await Promise.all([token(), token()])).toEqual([2, 2])
    clock = 30_001
    expect(await token()).toBe(2)
    clock = 30_002
    expect(await token()).toBe(3)
  })

  test("does not cache a failure", async () => {
    let fetches = 0
    const token = renewAfter(async () => {
      fetches += 1
      if (fetches === 1) throw new Error("503")
      return fetches
    }, 600)
    await expect(token()).rejects.toThrow("503")
    expect(await token()).toBe(2)
  })
})

describe("secret text", () => {
  const secret = (plaintext: () => Promise<string>) => ({ plaintext }) as Secret

  test("returns the text of a secret unchanged", async () => {
    expect(
      await secretText(
        secret(async () => "pass word\n"),
        "--token",
      ),
    ).toBe("pass word\n")
  })

  test.each(["", " \n"])("an empty secret (%j) is refused by the name of its argument", async (text) => {
    await expect(
      secretText(
        secret(async () => text),
        "--registry-password",
      ),
    ).rejects.toThrow(
      "OPTIONS_INVALID: expected a value for --registry-password, got an empty value. Check that the secret is set. CI systems leave it empty in jobs that have no access to it, such as those of a fork or an unprotected branch.",
    )
  })

  test("a missing secret is refused by the name of its argument", async () => {
    const missing = async () => {
      throw new Error('rpc error: code = Unknown desc = secret env var not found: "NOT..."')
    }
    await expect(secretText(secret(missing), "--registry-password")).rejects.toThrow(
      'OPTIONS_INVALID: expected --registry-password to be readable on the machine that runs the command, got "secret env var not found: \\"NOT...\\"". Pass the name of a variable that is set (env:NAME), ',
    )
  })
})
