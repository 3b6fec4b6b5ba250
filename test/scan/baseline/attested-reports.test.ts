import { describe, expect, test } from "vitest"
import { SlipwayError } from "../../../lib/error.ts"
import type { DigestRef } from "../../../lib/oci/reference.ts"
import { predicatesOf, readAny } from "../../../lib/scan/baseline/attested-reports.ts"

const hex = "0a".repeat(32)
const ref = `ghcr.io/acme/app@sha256:${hex}` as DigestRef

test("counts only statements about the digest", () => {
  const about = (sha256: string, predicate: unknown) => ({ subjects: [{ sha256 }], type: "t", predicate })
  expect(predicatesOf([about(hex, 1), about("0b".repeat(32), 2), about(hex, 3)], ref)).toEqual([1, 3])
})

describe("several attestations of one digest", () => {
  const unreadable = new SlipwayError("REPORT_INVALID", { expected: "a", got: "b", fix: "c" })
  const read = (value: unknown) => {
    if (value === "unreadable") throw unreadable
    return value
  }

  test.each([
    { name: "none", predicates: [], found: [] },
    { name: "all that can be read", predicates: [1, "unreadable", 2], found: [1, 2] },
  ])("give $name", ({ predicates, found }) => {
    expect(readAny(predicates, read)).toEqual(found)
  })

  test("are an error if none can be read", () => {
    expect(() => readAny(["unreadable", "unreadable"], read)).toThrow(unreadable)
  })

  test("do not hide other errors", () => {
    const bug = () => {
      throw new TypeError("a bug")
    }
    expect(() => readAny([1], bug)).toThrow("a bug")
  })
})
