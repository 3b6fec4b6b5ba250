import { type Directory, dag } from "@dagger.io/dagger"
import { z } from "zod"
import { readText } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import { CHANGED, type LayoutImage, openLayout } from "./layout.ts"

const WORK = "/slipway"
/** The program, and what it imports from beside it. */
const VERIFY = readText(new URL("./canonical/verify.mjs", import.meta.url))
const VERIFY_BLOBS = readText(new URL("./canonical/verify-blobs.ts", import.meta.url))

/**
 * Opens a layout that somebody else may have written. Scanners and crane read a blob by its name, and a registry that has
 * the blob already is not sent it again: with another file under that name, what is scanned is not what is deployed. So
 * every blob is hashed first, in one exec.
 */
export async function verifyLayout(layout: Directory, nodeImage: string): Promise<LayoutImage> {
  if (await layout.exists("index.json")) await requireBlobs(layout, nodeImage)
  return await openLayout(layout)
}

async function requireBlobs(layout: Directory, nodeImage: string): Promise<void> {
  const text = await dag
    .container()
    .from(nodeImage)
    .withNewFile(`${WORK}/verify.mjs`, VERIFY)
    .withNewFile(`${WORK}/verify-blobs.ts`, VERIFY_BLOBS)
    .withMountedDirectory(`${WORK}/layout`, layout)
    .withExec(["node", `${WORK}/verify.mjs`, `${WORK}/layout`])
    .stdout()
  const faults = z.array(z.string()).parse(JSON.parse(text))
  if (faults.length === 0) return
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: "a layout whose blobs are what their names, sizes and media types say",
    got: faults.slice(0, 5).join("; "),
    fix: CHANGED,
  })
}
