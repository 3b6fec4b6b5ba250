import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { runTool } from "./git/exec.ts"

/**
 * A file's text and the encoding that decoded it. A file that is not UTF-8 is decoded as `latin1`: edits touch only ASCII,
 * so every other byte is written back unchanged, whatever its real encoding.
 */
export type FileText = { text: string; encoding: "utf8" | "latin1" }

/** Whether a text may differ from the file's bytes: the API replaces bytes that are not UTF-8 by U+FFFD. */
export function needsBytes(text: string): boolean {
  return text.includes("\uFFFD") || text.includes("\0")
}

/** Decodes a file; UTF-16 and UTF-32 are refused, because edits assume one byte for each ASCII character. */
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
    expected: `text in ${path} with one byte for each ASCII character, such as UTF-8 or Latin-1`,
    got: "UTF-16, UTF-32 or binary data",
    fix: "Convert the file to UTF-8.",
  })
}

const BYTES = "/slipway/bytes"

/** Reads a file of any supported encoding, so that all bytes outside an edit survive. */
export async function readText(tree: Directory, path: string, image: string): Promise<FileText> {
  const text = await tree.file(path).contents()
  if (!needsBytes(text)) return { text, encoding: "utf8" }
  // The API returns text only: other bytes come as base64, from a container without credentials.
  const container = dag.container().from(image).withMountedFile(BYTES, tree.file(path))
  const { exitCode, stdout, stderr } = await runTool(container, ["base64", BYTES])
  if (exitCode === 0) return decodeText(Buffer.from(stdout, "base64"), path)
  throw new SlipwayError("EDIT_INVALID", {
    expected: `to read the bytes of ${path} with base64`,
    got: stderr.trim().slice(-200) || `exit code ${exitCode}`,
    fix: "Set --kustomize-image to an image that has base64, or convert the file to UTF-8.",
  })
}

/** Writes files below a folder of the container, each in its original encoding. */
export function withTexts(container: Container, folder: string, files: Map<string, FileText>): Container {
  return [...files].reduce((before, [path, file]) => withText(before, `${folder}/${path}`, file), container)
}

function withText(container: Container, path: string, { text, encoding }: FileText): Container {
  if (encoding === "utf8") return container.withNewFile(path, text)
  return container
    .withNewFile(BYTES, Buffer.from(text, encoding).toString("base64"))
    .withExec(["base64", "-d", BYTES], { redirectStdout: path })
    .withoutFile(BYTES)
}
