import { expect, test } from "vitest"
import {
  entryName,
  entrySize,
  entryType,
  isEmptyBlock,
  padded,
  withTime,
} from "../../../lib/oci/canonical/tar-header.ts"
import { makeTar } from "./make-tar.ts"

const header = makeTar([{ name: "usr/bin/app", content: "hello", mtime: 7 }]).subarray(0, 512)

test("reads what the layer program needs of a header", () => {
  expect([entryName(header), entrySize(header), entryType(header)]).toEqual(["usr/bin/app", 5, "0"])
})

test("joins a long name from its two fields", () => {
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

test("writes time, size and the checksum that fits, and leaves the original alone", () => {
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
])("content of %i bytes fills %i", (size, blocks) => {
  expect(padded(size)).toBe(blocks)
})

test("knows the blocks that end an archive", () => {
  expect([isEmptyBlock(Buffer.alloc(512)), isEmptyBlock(header)]).toEqual([true, false])
})
