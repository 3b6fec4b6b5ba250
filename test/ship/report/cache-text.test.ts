import { expect, test } from "vitest"
import { cacheLines, importText } from "../../../lib/ship/report/cache-text.ts"
import { record } from "../example-record.ts"

test("shows each cache with what was imported and exported, and why not", () => {
  expect(cacheLines(record.cache)).toEqual([
    "from the directory: used, signed by the public key sha256:1",
    "go (test): fallback, 12.3 MB; saved, 13.0 MB",
    "/root/.npm (build): skipped (it begins with files of deps)",
    "exported: written, 25.0 MB",
  ])
})

test("shows a refused bundle, and why nothing was written", () => {
  const refused = {
    store: "ghcr.io/acme/hello/cache",
    bundle: "refused",
    reason: "it is not signed",
    volumes: [{ kind: "test", name: "go", import: "miss", export: "skipped", exportReason: "a device" }],
    export: { status: "none", reason: "the branch or tag is not protected" },
  } as const
  expect(cacheLines({ ...refused, volumes: [...refused.volumes] })).toEqual([
    "from ghcr.io/acme/hello/cache: refused (it is not signed)",
    "go (test): miss; skipped (a device)",
    "exported: none (the branch or tag is not protected)",
  ])
})

test("counts what was filled, for the title of the stage", () => {
  expect(importText(record.cache)).toBe("1 of 2 caches filled, 12.3 MB")
})
