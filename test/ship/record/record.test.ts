import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { z } from "zod"
import { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { record } from "../example-record.ts"

test("the published schema equals the record's", () => {
  const file = new URL("../../../lib/ship/release.schema.json", import.meta.url)
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(z.toJSONSchema(ReleaseRecord))
})

test("a complete record is valid after a round trip through JSON", () => {
  expect(ReleaseRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record)
})
