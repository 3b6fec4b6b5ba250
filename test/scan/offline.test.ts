import { describe, expect, test, vi } from "vitest"
import { fromAnyMirror, mirrorFailures, offlineDockerfile, retryFailures, volumeName } from "../../lib/scan/offline.ts"

describe("offline dockerfile", () => {
  const plain = { args: ["trivy", "image"], variables: {}, folders: {}, volumes: {} }

  test("runs one command without network", () => {
    expect(offlineDockerfile(plain)).toBe('ARG TOOL\nFROM $TOOL\nRUN --network=none ["trivy","image"]\n')
  })

  test("mounts folders of the context and volumes, which stay out of the result", () => {
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

  test("mounts nothing read-write: the engine v0.21.8 crashes on such a bind mount", () => {
    expect(offlineDockerfile({ ...plain, folders: { "/in": "folder-0" } })).not.toMatch(/,rw\b|readwrite/)
  })

  test.each([
    { value: "2026-11-25T05:22:16.93Z", line: 'ENV A="2026-11-25T05:22:16.93Z"' },
    { value: '$HOME "and" \\ more', line: 'ENV A="\\$HOME \\"and\\" \\\\ more"' },
  ])("quotes the value $value", ({ value, line }) => {
    expect(offlineDockerfile({ ...plain, variables: { A: value } }).split("\n")).toContain(line)
  })
})

describe("mirrors", () => {
  describe("with several mirrors", () => {
    test.each([
      { name: "tries them in order until one responds", up: ["b", "c"], tried: ["a", "b"], result: "from b" },
      { name: "tries only the first if it responds", up: ["a"], tried: ["a"], result: "from a" },
    ])("$name", async ({ up, tried, result }) => {
      const ask = vi.fn(async (mirror?: string) => {
        if (!up.includes(mirror ?? "")) throw new Error("connection refused")
        return `from ${mirror}`
      })
      expect(await fromAnyMirror(["a", "b", "c"], ask)).toBe(result)
      expect(ask.mock.calls.flat()).toEqual(tried)
    })

    test("reports every failure if none responds", async () => {
      const ask = (mirror?: string) => Promise.reject(new Error(`no ${mirror}`))
      const failed = await fromAnyMirror(["a", "b"], ask).catch((cause: unknown) => cause)
      expect(mirrorFailures(failed)).toEqual([
        { mirror: "a", cause: new Error("no a") },
        { mirror: "b", cause: new Error("no b") },
      ])
    })
  })

  test("runs once without mirrors, and passes on its failure", async () => {
    const broken = new Error("broken")
    await expect(fromAnyMirror([], () => Promise.reject(broken))).rejects.toBe(broken)
    expect(await fromAnyMirror([], async (mirror) => mirror)).toBeUndefined()
    expect([broken, undefined, "text"].map(mirrorFailures)).toEqual([undefined, undefined, undefined])
  })

  test("uses another volume for other mirrors", () => {
    const [none, one, two] = [[], ["a.example/db"], ["b.example/db"]].map((mirrors) => volumeName("trivy", mirrors))
    expect(none).toBe("slipway-trivy")
    expect(one).toMatch(/^slipway-trivy-[0-9a-f]{16}$/)
    expect(two).not.toBe(one)
  })
})

describe("retry", () => {
  const broken = new Error("broken")
  const pauses = [1, 1]

  test("tries again until it succeeds, and counts the tries", async () => {
    const attempt = vi.fn(async (tries: number) => {
      if (tries < 3) throw broken
      return tries
    })
    expect(await retryFailures(attempt, { pauses })).toBe(3)
  })

  test("throws the last failure after the last pause", async () => {
    const attempt = vi.fn().mockRejectedValue(broken)
    await expect(retryFailures(attempt, { pauses })).rejects.toBe(broken)
    expect(attempt).toHaveBeenCalledTimes(3)
  })

  test("does not retry a final failure", async () => {
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
