import { expect, test } from "vitest"
import { byteReader } from "../../../lib/oci/canonical/byte-reader.ts"
import { collect, inChunks } from "./make-tar.ts"

const text = Buffer.from("abcdefghij")

test.each([1, 3, 4, 10, 99])("takes and passes exact lengths out of chunks of %i", async (length) => {
  const bytes = byteReader(inChunks(text, length))
  expect(String(await bytes.take(4))).toBe("abcd")
  expect(String(await collect(bytes.pass(5)))).toBe("efghi")
  expect(String(await bytes.take(1))).toBe("j")
  expect(await bytes.take(1)).toBeUndefined()
})

test("a stream that is cut off is no shorter archive", async () => {
  const bytes = byteReader(inChunks(text, 4))
  await expect(collect(bytes.pass(12))).rejects.toThrow("the stream ends 2 bytes too early")
})
