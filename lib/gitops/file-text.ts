import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { runTool } from "./exec.ts"
import { decodeText, type FileText, needsBytes } from "./text-encoding.ts"

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
