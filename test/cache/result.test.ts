import { expect, test } from "vitest"
import {
  type ResultOf,
  readResult,
  renderResult,
  resultKey,
  resultPlace,
  type StageResult,
} from "../../lib/cache/result.ts"
import { digestOf } from "../../lib/oci/reference.ts"

const KEY = resultKey(["inputs"])
const RESULT: ResultOf<"test"> = {
  ...{ schema: 1, stage: "test", repository: "ghcr.io/acme/hello", key: KEY, at: "2026-06-08T12:00:00Z" },
  run: { url: "https://ci.example/7", revision: "c0ffee" },
  runners: [
    {
      ...{ name: "go", image: "golang:1.26", commands: ["go test ./..."], seconds: 3 },
      counts: { passed: 3, failed: 0, skipped: 1 },
    },
  ],
}
const WANTED = {
  ...{ stage: "test" as const, key: KEY, repository: "ghcr.io/acme/hello", days: 7 },
  now: new Date("2026-06-10T12:00:00Z"),
}

test("reads the result that it writes", () => {
  expect(readResult(renderResult(RESULT), WANTED)).toEqual({ result: RESULT })
})

const { runners: _, ...common } = RESULT
const [platform, sha256] = [digestOf("a platform"), "0a".repeat(32)]
const SCAN: StageResult = { ...common, stage: "scan", files: [{ platform, name: "report.json", sha256, size: 7 }] }

test("reads the result of a scan that it writes", () => {
  expect(readResult(renderResult(SCAN), { ...WANTED, stage: "scan" as const })).toEqual({ result: SCAN })
})

test("takes the result of another stage for none", () => {
  expect(readResult(renderResult(SCAN), WANTED)).toEqual({ missing: "an earlier run had other inputs" })
})

test.each<{ name: string; text: string; refused: string }>([
  { name: "no JSON", text: "tests passed", refused: "it is not a result that Slipway writes" },
  {
    name: "another field",
    text: renderResult({ ...RESULT, status: "failed" } as StageResult),
    refused: "it is not a result that Slipway writes",
  },
  {
    name: "no runner",
    text: renderResult({ ...RESULT, runners: [] }),
    refused: "it is not a result that Slipway writes",
  },
  {
    name: "another repository",
    text: renderResult({ ...RESULT, repository: "ghcr.io/acme/other" }),
    refused: "it is of ghcr.io/acme/other",
  },
  { name: "no repository", text: renderResult({ ...RESULT, repository: "" }), refused: "it is of no repository" },
  {
    name: "a time before the limit",
    text: renderResult({ ...RESULT, at: "2026-06-03T11:59:59Z" }),
    refused: "it is from 2026-06-03T11:59:59Z, more than 7 days ago",
  },
  {
    name: "a time in the future",
    text: renderResult({ ...RESULT, at: "2026-06-10T12:06:00Z" }),
    refused: "it is from 2026-06-10T12:06:00Z, which is in the future",
  },
])("refuses a result with $name", ({ text, refused }) => {
  expect(readResult(text, WANTED)).toEqual({ refused })
})

test("treats a result of other inputs as none", () => {
  const text = renderResult({ ...RESULT, key: resultKey(["other inputs"]) })
  expect(readResult(text, WANTED)).toEqual({ missing: "an earlier run had other inputs" })
})

test.each([
  { name: "the last second of the limit", at: "2026-06-03T12:00:00Z" },
  { name: "a clock that is a little ahead", at: "2026-06-10T12:04:00Z" },
])("takes a result of $name", ({ at }) => {
  expect(readResult(renderResult({ ...RESULT, at }), WANTED)).toHaveProperty("result")
})

test("keeps at most 4096 results of a stage, by the first digits of the key", () => {
  expect(resultPlace(RESULT)).toEqual({ tag: `test-${KEY.slice(0, 3)}`, kind: "result" })
})
