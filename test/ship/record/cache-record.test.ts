import { expect, test } from "vitest"
import { CacheRecord } from "../../../lib/ship/record/cache-record.ts"

const RECORD: CacheRecord = {
  ...{ store: "ghcr.io/acme/hello/cache", bundle: "missing", reason: "it has none yet", volumes: [] },
  results: [{ stage: "test", key: "0a", import: "takenOver", export: "none" }],
  export: { status: "none", reason: "a pull request reads caches, and never writes them" },
}

test("keeps the results of stages with the caches", () => {
  expect(CacheRecord.parse(RECORD)).toEqual(RECORD)
})

test.each([
  {
    name: "a result that is neither taken over nor missing",
    results: [{ stage: "test", import: "hit", export: "none" }],
  },
  { name: "a result without a word about its export", results: [{ stage: "test", import: "missing" }] },
])("refuses $name", ({ results }) => {
  expect(CacheRecord.safeParse({ ...RECORD, results }).success).toBe(false)
})
