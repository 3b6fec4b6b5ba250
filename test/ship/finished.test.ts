import { expect, test } from "vitest"
import { isFinished, type Wanted } from "../../src/ship/finished.ts"
import type { ReleaseRecord } from "../../src/ship/record.ts"
import { record } from "./example-record.ts"

const bump = { repo: "https://git.example.com/deploy", branch: "main", path: "prod" }
const wanted: Wanted = { tags: ["f00d"], bump }
const edited = { ...record, bump: { ...record.bump, edits: ["helm:image"] } } as ReleaseRecord
const request = { url: "https://git.example.com/deploy/pulls/7", branch: "slipway/main/1", merge: "manual" }
const proposed = { ...record, bump: { ...record.bump, status: "requested", request } } as ReleaseRecord

test.each<[string, ReleaseRecord, Wanted, boolean]>([
  ["all that is asked for", record, wanted, true],
  ["no bump, and none is asked for", { ...record, bump: { status: "skipped" } }, { tags: ["f00d"] }, true],
  ["the same edits", edited, { tags: ["f00d"], bump: { ...bump, edits: ["helm:image"] } }, true],
  ["a request, and no more is asked for", proposed, { ...wanted, bump: { ...bump, request: true } }, true],
  ["a bump where a request would do", record, { ...wanted, bump: { ...bump, request: true } }, true],
  ["a request where a bump is asked for", proposed, wanted, false],
  ["a run that failed", { ...record, ok: false }, wanted, false],
  ["one tag less", record, { ...wanted, tags: ["f00d", "v1"] }, false],
  ["another tag", record, { ...wanted, tags: ["v1"] }, false],
  ["no bump", { ...record, bump: { status: "skipped" } }, wanted, false],
  ["a bump that is not asked for", record, { tags: ["f00d"] }, false],
  ["another overlay", record, { ...wanted, bump: { ...bump, path: "staging" } }, false],
  ["another branch", record, { ...wanted, bump: { ...bump, branch: "live" } }, false],
  ["another repository", record, { ...wanted, bump: { ...bump, repo: "https://git.example.com/other" } }, false],
  ["other edits", edited, wanted, false],
])("%s", (_, done, asked, verdict) => {
  expect(isFinished(done, asked)).toBe(verdict)
})
