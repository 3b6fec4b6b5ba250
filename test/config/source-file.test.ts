import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { hasFile, readOptionalFile, readSourceFile } from "../../lib/config/source-file.ts"

type Entry = { text: string } | { link: string; error: string } | { error: string }

/** A directory of these files, as far as one is asked. */
function directoryOf(entries: Record<string, Entry>): Directory {
  const contents = async (path: string) => {
    const entry = entries[path]
    if (entry && "text" in entry) return entry.text
    throw new Error(entry?.error ?? "no such file")
  }
  const patchOf = (path: string) => {
    const entry = entries[path]
    return entry && "link" in entry
      ? `new file mode 120000\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${entry.link}\n`
      : ""
  }
  const stub = {
    file: (path: string) => ({ contents: () => contents(path) }),
    exists: async (path: string, { expectedType }: { expectedType?: string } = {}) => {
      const entry = entries[path]
      return expectedType ? entry !== undefined && "link" in entry : entry !== undefined && !("error" in entry)
    },
    filter: ({ include: [path = ""] }: { include: string[] }) => ({
      changes: () => ({ asPatch: () => ({ contents: async () => patchOf(path) }) }),
    }),
  }
  return stub as unknown as Directory
}

const source = directoryOf({
  LICENSE: { link: "../../LICENSE", error: "too many links" },
  Dockerfile: { link: "../shared/Dockerfile", error: "no such file" },
  plain: { text: "here" },
  broken: { error: "connection refused" },
})

test("a link out of the source counts as no file where none is needed", async () => {
  expect(await readOptionalFile(source, "LICENSE")).toBeUndefined()
  expect(await readOptionalFile(source, "plain")).toBe("here")
})

test("a link out of the source is named, with where it leads, where the file is needed", async () => {
  await expect(readSourceFile(source, "Dockerfile")).rejects.toThrow(
    "SOURCE_INVALID: expected a file Dockerfile in the source, got a link to ../shared/Dockerfile that leads out of it. Pass a larger --source that holds both, or put the file itself there.",
  )
  expect(await readSourceFile(source, "plain")).toBe("here")
})

test("what else keeps a file from being read is no answer", async () => {
  await expect(readOptionalFile(source, "broken")).rejects.toThrow("connection refused")
  await expect(readSourceFile(source, "broken")).rejects.toThrow("connection refused")
})

test("a link is there, wherever it leads", async () => {
  expect(await hasFile(source, "LICENSE")).toBe(true)
  expect(await hasFile(source, "plain")).toBe(true)
  expect(await hasFile(source, "nothing")).toBe(false)
})
