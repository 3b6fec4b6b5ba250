import { expect, test } from "vitest"
import { parsePax, renderPax } from "../../../lib/oci/canonical/pax.ts"

test("reads records whose values hold anything", () => {
  const text = "30 mtime=1700000000.123456789\n17 path=a=b\nc/é\n"
  expect(parsePax(Buffer.from(text)).map(({ key, value }) => [key, String(value)])).toEqual([
    ["mtime", "1700000000.123456789"],
    ["path", "a=b\nc/é"],
  ])
})

test.each([1, 2, 5, 88, 89, 90, 91, 92, 985, 990, 995])(
  "the length of a record counts itself, with %i bytes",
  (length) => {
    const record = { key: "k", value: Buffer.alloc(length, 0xff) }
    const bytes = renderPax([record])
    expect(Number.parseInt(String(bytes), 10)).toBe(bytes.length)
    expect(parsePax(bytes)).toEqual([record])
  },
)

test.each(["x path=a\n", "99 path=a\n", "9 patha\n\n", "-3 a=b\n"])("refuses the broken record %j", (text) => {
  expect(() => parsePax(Buffer.from(text))).toThrow("a broken PAX record")
})
