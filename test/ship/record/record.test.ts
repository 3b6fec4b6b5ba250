import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { z } from "zod"
import { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { record } from "../example-record.ts"

test("the published schema is that of the record", () => {
  const file = new URL("../../../lib/ship/release.schema.json", import.meta.url)
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(z.toJSONSchema(ReleaseRecord))
})

test("a whole record fits it, after a trip through JSON too", () => {
  expect(ReleaseRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record)
})
