import { expect, test } from "vitest"
import { type EarlierScans, type ImageFiles, scanPlatforms } from "../../lib/scan/earlier-scans.ts"
import type { PlatformImage, ReadyScanner } from "../../lib/scan/scanner.ts"

const IMAGES = ["amd64", "arm64"].map((name) => ({
  manifest: { platform: `linux/${name}`, digest: `sha256:${name}` },
})) as unknown as PlatformImage[]
const TAKEN_OVER = { at: "2026-06-08T12:00:00Z", signer: "the public key sha256:1" }

type Given = { earlier?: boolean; found?: ImageFiles; undated?: string; inputs?: () => Promise<unknown[]> }

/** Scans with a scanner and earlier scans that note what is asked of them. */
async function scanned({ earlier = true, found, undated, inputs = async () => ["inputs"] }: Given) {
  const calls: string[] = []
  const scanner = {
    run: async ({ manifest: { platform } }: PlatformImage) => {
      calls.push(`run ${platform}`)
      return { files: { report: "own" }, ...(undated && { undated }) }
    },
    read: async ({ manifest: { platform } }: PlatformImage, { report }: { report?: string }) => {
      if (report) return `${platform} ${report}`
      throw new Error("no report")
    },
  } as unknown as ReadyScanner
  const scans: EarlierScans = {
    find: async (_, read) => {
      const value = found && (await read(found).catch(() => undefined))
      calls.push(value ? "found" : "not found")
      return value && { value, takenOver: TAKEN_OVER }
    },
    keep: (_, kept) => calls.push(`keep ${Object.keys(kept).join(" ")}`),
    skip: (reason) => calls.push(`skip: ${reason}`),
  }
  return { ...(await scanPlatforms(IMAGES, { scanner, inputs, ...(earlier && { earlier: scans }) })), calls }
}

const OWN = ["linux/amd64 own", "linux/arm64 own"]
const RUNS = ["run linux/amd64", "run linux/arm64"]
const files = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [`sha256:${name}`, { report: "earlier" }])) as unknown as ImageFiles

test("takes over the scans of all platforms, and runs none", async () => {
  expect(await scanned({ found: files("amd64", "arm64") })).toEqual({
    scanned: ["linux/amd64 earlier", "linux/arm64 earlier"],
    takenOver: TAKEN_OVER,
    calls: ["found"],
  })
})

test.each<Given & { name: string; calls: string[] }>([
  { name: "where no results are kept", earlier: false, calls: RUNS },
  { name: "without an earlier scan", calls: ["not found", ...RUNS, "keep sha256:amd64 sha256:arm64"] },
  {
    name: "all platforms if the earlier scan has not all",
    found: files("amd64"),
    calls: ["not found", ...RUNS, "keep sha256:amd64 sha256:arm64"],
  },
  {
    name: "and keeps nothing of a scan that read more than its inputs show",
    undated: "it read another database",
    calls: ["not found", ...RUNS, "skip: it read another database"],
  },
  {
    name: "if the inputs cannot be read",
    inputs: () => Promise.reject(new Error("no date")),
    calls: ["skip: no date", ...RUNS],
  },
])("scans $name", async ({ name: _, calls, ...given }) => {
  expect(await scanned(given)).toEqual({ scanned: OWN, calls })
})
