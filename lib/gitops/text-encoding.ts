import { SlipwayError } from "../error.ts"

/**
 * A file's text, and how its bytes became that. What is no UTF-8 is read byte by byte (`latin1`): edits are about ASCII
 * alone, so every other byte goes back as it came, whichever encoding it is of.
 */
export type FileText = { text: string; encoding: "utf8" | "latin1" }

/** Whether a text may not be what the file holds: the API puts U+FFFD in the place of bytes that are no UTF-8. */
export function needsBytes(text: string): boolean {
  return text.includes("\uFFFD") || text.includes("\0")
}

/** Reads the bytes of a file; two bytes for a character are refused, since no edit could stand among them. */
export function decodeText(bytes: Uint8Array, path: string): FileText {
  const buffer = Buffer.from(bytes)
  const start = buffer.subarray(0, 2).toString("hex")
  if (start === "fffe" || start === "feff" || buffer.includes(0)) throw notText(path)
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer), encoding: "utf8" }
  } catch {
    return { text: buffer.toString("latin1"), encoding: "latin1" }
  }
}

function notText(path: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `text in ${path} whose letters are one byte each, such as UTF-8 or Latin-1`,
    got: "UTF-16, UTF-32 or no text at all",
    fix: "Convert the file to UTF-8 once.",
  })
}
