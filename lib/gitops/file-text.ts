import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { runTool } from "./git/exec.ts"

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

const BYTES = "/slipway/bytes"

/** Reads a file of the tree, whatever its encoding, so that it can be written again with every other byte as it was. */
export async function readText(tree: Directory, path: string, image: string): Promise<FileText> {
  const text = await tree.file(path).contents()
  if (!needsBytes(text)) return { text, encoding: "utf8" }
  // The API hands over text alone: other bytes come as base64, from a container that has no credentials.
  const container = dag.container().from(image).withMountedFile(BYTES, tree.file(path))
  const { exitCode, stdout, stderr } = await runTool(container, ["base64", BYTES])
  if (exitCode === 0) return decodeText(Buffer.from(stdout, "base64"), path)
  throw new SlipwayError("EDIT_INVALID", {
    expected: `to read the bytes of ${path} with base64`,
    got: stderr.trim().slice(-200) || `exit code ${exitCode}`,
    fix: "Take an image for kustomize that has base64, or convert the file to UTF-8 once.",
  })
}

/** Writes files below a folder of the container, each in the encoding that it was read in. */
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
