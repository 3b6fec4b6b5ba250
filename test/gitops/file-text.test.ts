import { describe, expect, test } from "vitest"
import { decodeText, needsBytes } from "../../lib/gitops/file-text.ts"

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : Buffer.from(part))))

describe("file text", () => {
  test.each([
    { name: "ASCII", of: bytes("image: a\r\n"), encoding: "utf8" },
    { name: "UTF-8", of: bytes("# Grüße\nimage: a"), encoding: "utf8" },
    { name: "UTF-8 with a byte order mark", of: bytes([0xef, 0xbb, 0xbf], "image: a\n"), encoding: "utf8" },
    { name: "UTF-8 with a replacement character", of: bytes("# \uFFFD\nimage: a\n"), encoding: "utf8" },
    { name: "Latin-1", of: bytes("# Gr", [0xfc, 0xdf], "e\nimage: a\n"), encoding: "latin1" },
    { name: "Windows-1252", of: bytes("# ", [0x93, 0x80, 0x94], "\nimage: a\n"), encoding: "latin1" },
    { name: "UTF-8 truncated within a character", of: bytes("image: a # Gr", [0xc3]), encoding: "latin1" },
    { name: "UTF-8 and Latin-1 in one file", of: bytes("# ü ", [0xfc], "\n"), encoding: "latin1" },
  ])("writes $name back byte for byte", ({ of, encoding }) => {
    const file = decodeText(of, "values.yaml")
    expect(file.encoding).toBe(encoding)
    expect(Buffer.from(file.text, file.encoding)).toEqual(of)
  })

  test.each([
    { name: "little-endian UTF-16", of: bytes([0xff, 0xfe], [...Buffer.from("a: b\n", "utf16le")]) },
    { name: "big-endian UTF-16", of: bytes([0xfe, 0xff, 0, 0x61]) },
    { name: "UTF-16 without a byte order mark", of: Buffer.from("a: b\n", "utf16le") },
    { name: "a binary", of: bytes([0x7f, 0x45, 0x4c, 0x46, 0, 0]) },
  ])("refuses $name", ({ of }) => {
    expect(() => decodeText(of, "values.yaml")).toThrow(/^EDIT_INVALID: expected text in values\.yaml .*UTF-16/)
  })
})

test.each([
  { text: "image: a # Grüße", needs: false },
  { text: "# Gr\uFFFDe", needs: true },
  { text: "a\0:\0", needs: true },
])("decides whether $text requires the file's bytes: $needs", ({ text, needs }) => expect(needsBytes(text)).toBe(needs))
