import { describe, expect, test } from "vitest"
import { decodeText, needsBytes } from "../../lib/gitops/file-text.ts"

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : Buffer.from(part))))

describe("a file's bytes", () => {
  test.each([
    { name: "ASCII", of: bytes("image: a\r\n"), encoding: "utf8" },
    { name: "UTF-8", of: bytes("# Grüße\nimage: a"), encoding: "utf8" },
    { name: "UTF-8 with a byte order mark", of: bytes([0xef, 0xbb, 0xbf], "image: a\n"), encoding: "utf8" },
    { name: "UTF-8 with the sign for what is no letter", of: bytes("# \uFFFD\nimage: a\n"), encoding: "utf8" },
    { name: "Latin-1", of: bytes("# Gr", [0xfc, 0xdf], "e\nimage: a\n"), encoding: "latin1" },
    { name: "Windows-1252", of: bytes("# ", [0x93, 0x80, 0x94], "\nimage: a\n"), encoding: "latin1" },
    { name: "UTF-8 that was cut within a letter", of: bytes("image: a # Gr", [0xc3]), encoding: "latin1" },
    { name: "both in one file", of: bytes("# ü ", [0xfc], "\n"), encoding: "latin1" },
  ])("$name go back as they came", ({ of, encoding }) => {
    const file = decodeText(of, "values.yaml")
    expect(file.encoding).toBe(encoding)
    expect(Buffer.from(file.text, file.encoding)).toEqual(of)
  })

  test.each([
    { name: "UTF-16, little end first", of: bytes([0xff, 0xfe], [...Buffer.from("a: b\n", "utf16le")]) },
    { name: "UTF-16, big end first", of: bytes([0xfe, 0xff, 0, 0x61]) },
    { name: "UTF-16 without a mark", of: Buffer.from("a: b\n", "utf16le") },
    { name: "a program", of: bytes([0x7f, 0x45, 0x4c, 0x46, 0, 0]) },
  ])("$name are refused", ({ of }) => {
    expect(() => decodeText(of, "values.yaml")).toThrow(/^EDIT_INVALID: expected text in values\.yaml .*UTF-16/)
  })
})

test.each([
  { text: "image: a # Grüße", needs: false },
  { text: "# Gr\uFFFDe", needs: true },
  { text: "a\0:\0", needs: true },
])("whether $text may not be what the file holds: $needs", ({ text, needs }) => expect(needsBytes(text)).toBe(needs))
