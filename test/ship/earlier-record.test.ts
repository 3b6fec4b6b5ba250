import { expect, test } from "vitest"
import type { Digest } from "../../lib/oci/reference.ts"
import { earlierRecord } from "../../lib/ship/earlier-record.ts"
import { digest, record } from "./example-record.ts"

const sha256 = digest.replace("sha256:", "")
const about = (predicate: unknown, subject = sha256) => ({ subjects: [{ sha256: subject }], type: "t", predicate })
const read = (...statements: ReturnType<typeof about>[]) => earlierRecord(statements, digest as Digest)

test("is the record that was attested of the digest", () => {
  expect(read(about(JSON.parse(JSON.stringify(record))))).toEqual(record)
})

test("the latest one, if there are several", () => {
  expect(read(about(record), about({ ...record, inputs: "later" }))?.inputs).toBe("later")
})

test.each([
  ["nothing was attested", []],
  ["it is about another digest", [about(record, "0b".repeat(32))]],
  ["it says that it is of another digest", [about({ ...record, image: { ...record.image, digest: "sha256:0b" } })]],
  ["it is of another version", [about({ ...record, version: 2 })]],
  ["it is no record", [about("shipped")]],
])("is none where %s", (_, statements) => {
  expect(read(...statements)).toBeUndefined()
})
