import { describe, expect, test } from "vitest"
import {
  byteReader,
  entryName,
  entrySize,
  entryType,
  isEmptyBlock,
  padded,
  parsePax,
  renderPax,
  withTime,
} from "../../../lib/oci/canonical/tar.ts"
import { collect, inChunks, makeTar } from "./make-tar.ts"

describe("byte reader", () => {
  const text = Buffer.from("abcdefghij")

  test.each([1, 3, 4, 10, 99])("reads exact lengths from chunks of %i bytes", async (length) => {
    const bytes = byteReader(inChunks(text, length))
    expect(String(await bytes.take(4))).toBe("abcd")
    expect(String(await collect(bytes.pass(5)))).toBe("efghi")
    expect(String(await bytes.take(1))).toBe("j")
    expect(await bytes.take(1)).toBeUndefined()
  })

  test("refuses a truncated stream", async () => {
    const bytes = byteReader(inChunks(text, 4))
    await expect(collect(bytes.pass(12))).rejects.toThrow("the stream ends 2 bytes too early")
  })
})

describe("tar header", () => {
  const header = makeTar([{ name: "usr/bin/app", content: "hello", mtime: 7 }]).subarray(0, 512)

  test("reads type, name and size of a header", () => {
    expect([entryName(header), entrySize(header), entryType(header)]).toEqual(["usr/bin/app", 5, "0"])
  })

  test("joins the two fields of a long name", () => {
    const long = Buffer.from(header)
    long.write("var/lib/a-long-folder", 345)
    expect(entryName(long)).toBe("var/lib/a-long-folder/usr/bin/app")
  })

  test("reads a size above 8 GiB", () => {
    const large = Buffer.from(header)
    large.fill(0, 124, 136)
    large.writeUInt8(0x80, 124)
    large.writeBigUInt64BE(9_000_000_000n, 128)
    expect(entrySize(large)).toBe(9_000_000_000)
  })

  test("writes time, size and the matching checksum into a copy", () => {
    const before = Buffer.from(header)
    const copy = withTime(header, 1_700_000_000, 12)
    expect(copy.toString("latin1", 136, 148)).toBe("14524770400\0")
    expect(entrySize(copy)).toBe(12)
    expect(header).toEqual(before)
    const sum = copy.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0)
    expect(Number.parseInt(copy.toString("latin1", 148, 154), 8)).toBe(sum)
  })

  test.each([
    [0, 0],
    [1, 512],
    [512, 512],
    [513, 1024],
  ])("pads %i bytes to %i", (size, blocks) => {
    expect(padded(size)).toBe(blocks)
  })

  test("recognises the blocks that end an archive", () => {
    expect([isEmptyBlock(Buffer.alloc(512)), isEmptyBlock(header)]).toEqual([true, false])
  })
})

describe("pax", () => {
  test("reads records with any bytes as values", () => {
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

  test.each(["x path=a\n", "99 path=a\n", "9 patha\n\n", "-3 a=b\n"])("refuses the invalid record %j", (text) => {
    expect(() => parsePax(Buffer.from(text))).toThrow("invalid PAX record")
  })
})
