import { describe, expect, test, vi } from "vitest"
import { fromAnyMirror, mirrorFailures, volumeName } from "../../lib/scan/mirrors.ts"

describe("of several mirrors", () => {
  test.each([
    { name: "the first that answers is the last that is asked", up: ["b", "c"], asked: ["a", "b"], answer: "from b" },
    { name: "the first alone is asked when it answers", up: ["a"], asked: ["a"], answer: "from a" },
  ])("$name", async ({ up, asked, answer }) => {
    const ask = vi.fn(async (mirror?: string) => {
      if (!up.includes(mirror ?? "")) throw new Error("connection refused")
      return `from ${mirror}`
    })
    expect(await fromAnyMirror(["a", "b", "c"], ask)).toBe(answer)
    expect(ask.mock.calls.flat()).toEqual(asked)
  })

  test("none answers: each failure is told", async () => {
    const ask = (mirror?: string) => Promise.reject(new Error(`no ${mirror}`))
    const failed = await fromAnyMirror(["a", "b"], ask).catch((cause: unknown) => cause)
    expect(mirrorFailures(failed)).toEqual([
      { mirror: "a", cause: new Error("no a") },
      { mirror: "b", cause: new Error("no b") },
    ])
  })
})

test("without mirrors the scanner asks its own, and what goes wrong stays as it is", async () => {
  const broken = new Error("broken")
  await expect(fromAnyMirror([], () => Promise.reject(broken))).rejects.toBe(broken)
  expect(await fromAnyMirror([], async (mirror) => mirror)).toBeUndefined()
  expect([broken, undefined, "text"].map(mirrorFailures)).toEqual([undefined, undefined, undefined])
})

test("what other mirrors gave lies in another volume", () => {
  const [none, one, two] = [[], ["a.example/db"], ["b.example/db"]].map((mirrors) => volumeName("trivy", mirrors))
  expect(none).toBe("slipway-trivy")
  expect(one).toMatch(/^slipway-trivy-[0-9a-f]{16}$/)
  expect(two).not.toBe(one)
})
