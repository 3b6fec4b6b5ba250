import { expect, test } from "vitest"
import type { CacheRecord } from "../../../lib/ship/record/cache-record.ts"
import { cacheLines, importText, takenOverText } from "../../../lib/ship/report/cache-text.ts"
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

test("shows which stages took over a result, and which left theirs", () => {
  const cache: CacheRecord = {
    ...{ store: "ghcr.io/acme/hello/cache", bundle: "unread", volumes: [] },
    results: [
      { stage: "api test", key: "0a", import: "takenOver", export: "none" },
      { stage: "web test", key: "0b", import: "refused", reason: "it is not signed", export: "written" },
      { stage: "db test", import: "skipped", reason: "the tests use services", export: "none" },
      { stage: "job test", key: "0c", import: "missing", export: "none", exportReason: "not a protected branch" },
    ],
    export: { status: "none" },
  }
  expect(cacheLines(cache).slice(1, -1)).toEqual([
    "result of api test: taken over",
    "result of web test: refused (it is not signed); written",
    "result of db test: skipped (the tests use services)",
    "result of job test: missing; none (not a protected branch)",
  ])
})

test.each([
  {
    name: "by its page",
    run: { url: "https://ci.example/7", revision: "c0ffeec0ffeec0ffee" },
    text: "passed in run https://ci.example/7 (taken over, commit c0ffeec0ffee, signed by the public key sha256:1)",
  },
  {
    name: "by its time",
    run: {},
    text: "passed in the run of 2026-06-08T12:00:00Z (taken over, signed by the public key sha256:1)",
  },
])("names the run that ran the tests $name", ({ run, text }) => {
  expect(takenOverText({ ...run, at: "2026-06-08T12:00:00Z", signer: "the public key sha256:1" })).toBe(text)
})
