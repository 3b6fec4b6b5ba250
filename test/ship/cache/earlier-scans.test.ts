import type { File } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import type { ScanFile } from "../../../lib/cache/result.ts"
import { digestOf } from "../../../lib/oci/reference.ts"
import type { ImageFiles } from "../../../lib/scan/earlier-scans.ts"
import { earlierScans } from "../../../lib/ship/cache/earlier-scans.ts"
import type { FoundResult, ResultContent, RunResults } from "../../../lib/ship/cache/run-results.ts"
import type { Context } from "../../../lib/ship/context.ts"

const fileOf = (text: string, size = text.length) => ({ contents: async () => text, size: async () => size }) as File
const AMD = digestOf("amd64")
const ARM = digestOf("arm64")
const FILES: ImageFiles = { [AMD]: { "report.json": fileOf("one") }, [ARM]: { "report.json": fileOf("two") } }

/** Keeps the files in a run, and finds them in another one, where `change` stands for what the registry returns. */
async function foundAgain(change: (text: string, entry: ScanFile) => string, size?: number) {
  const kept: { label: string; content: ResultContent<"scan"> }[] = []
  const results = {
    keep: async (_: object, label: string, content: () => Promise<ResultContent<"scan">>) => {
      kept.push({ label, content: await content() })
    },
    find: async (_: object, __: string, use: (found: FoundResult<"scan">) => Promise<unknown>) => {
      const content = kept[0]?.content as ResultContent<"scan">
      const blobs = new Map(content.files?.map(({ entry, file }) => [entry.sha256, file]))
      const result = { ...content.content, at: "2026-06-08T12:00:00Z" }
      return await use({
        ...({ result, signer: "the key" } as unknown as FoundResult<"scan">),
        file: async (entry) => {
          const text = (await blobs.get(entry.sha256)?.contents()) ?? ""
          return fileOf(change(text, entry as ScanFile), size)
        },
      })
    },
  } as unknown as RunResults
  const options = { service: "api", ci: { url: "https://ci.example/7" } }
  const earlier = earlierScans({ options, results } as unknown as Context, "c0ffee")
  earlier?.keep(["inputs"], FILES)
  await new Promise((done) => setImmediate(done))
  const read = async (files: ImageFiles) =>
    await Promise.all([AMD, ARM].map(async (digest) => await files[digest]?.["report.json"]?.contents()))
  return { label: kept[0]?.label, found: await earlier?.find(["inputs"], read) }
}

test("finds the files of each platform again, with the run that wrote them", async () => {
  expect(await foundAgain((text) => text)).toEqual({
    label: "api scan",
    found: {
      value: ["one", "two"],
      takenOver: {
        ...{ url: "https://ci.example/7", revision: "c0ffee", at: "2026-06-08T12:00:00Z", signer: "the key" },
      },
    },
  })
})

test.each([
  { name: "another content", change: () => "ten", size: undefined, reason: "is not the one that the result describes" },
  { name: "another size", change: (text: string) => text, size: 4, reason: "has 4 bytes instead of 3" },
])("refuses a file of $name", async ({ change, size, reason }) => {
  await expect(foundAgain(change, size)).rejects.toThrow(`its report.json ${reason}`)
})

test("looks for nothing where no results are kept", () => {
  expect(earlierScans({ options: {} } as Context)).toBeUndefined()
})
