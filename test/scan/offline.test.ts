import { describe, expect, test, vi } from "vitest"
import { fromAnyMirror, mirrorFailures, offlineDockerfile, retryFailures, volumeName } from "../../lib/scan/offline.ts"

describe("offline dockerfile", () => {
  const plain = { args: ["trivy", "image"], variables: {}, folders: {}, volumes: {} }

  test("runs the program alone, without a network", () => {
    expect(offlineDockerfile(plain)).toBe('ARG TOOL\nFROM $TOOL\nRUN --network=none ["trivy","image"]\n')
  })

  test("shows it folders of the context and volumes, which do not become part of the result", () => {
    const text = offlineDockerfile({
      ...plain,
      folders: { "/in/layout": "folder-0" },
      volumes: { "/cache": "slipway-trivy" },
    })
    expect(text).toContain(
      "RUN --network=none --mount=type=bind,source=folder-0,target=/in/layout" +
        ' --mount=type=cache,sharing=shared,id=slipway-trivy,target=/cache ["trivy","image"]',
    )
  })

  test("mounts nothing for reading and writing: the engine v0.21.8 ends by itself over a bind mount of that kind", () => {
    expect(offlineDockerfile({ ...plain, folders: { "/in": "folder-0" } })).not.toMatch(/,rw\b|readwrite/)
  })

  test.each([
    { value: "2026-11-25T05:22:16.93Z", line: 'ENV A="2026-11-25T05:22:16.93Z"' },
    { value: '$HOME "and" \\ more', line: 'ENV A="\\$HOME \\"and\\" \\\\ more"' },
  ])("the value $value stays as it is", ({ value, line }) => {
    expect(offlineDockerfile({ ...plain, variables: { A: value } }).split("\n")).toContain(line)
  })
})

describe("mirrors", () => {
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
})

describe("patience", () => {
  const broken = new Error("broken")
  const pauses = [1, 1]

  test("tries again until it works, and counts the tries", async () => {
    const attempt = vi.fn(async (tries: number) => {
      if (tries < 3) throw broken
      return tries
    })
    expect(await retryFailures(attempt, { pauses })).toBe(3)
  })

  test("gives up after the last pause with the last failure", async () => {
    const attempt = vi.fn().mockRejectedValue(broken)
    await expect(retryFailures(attempt, { pauses })).rejects.toBe(broken)
    expect(attempt).toHaveBeenCalledTimes(3)
  })

  test("a final failure is not tried again", async () => {
    const attempt = vi.fn().mockRejectedValue(broken)
    await expect(retryFailures(attempt, { pauses, isFinal: () => true })).rejects.toBe(broken)
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  test("waits between tries", async () => {
    const attempt = vi.fn().mockRejectedValueOnce(broken).mockResolvedValue("done")
    const start = Date.now()
    await retryFailures(attempt, { pauses: [60] })
    expect(Date.now() - start).toBeGreaterThanOrEqual(55)
  })
})
