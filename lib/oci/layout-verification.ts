import { type Directory, dag } from "@dagger.io/dagger"
import { z } from "zod"
import { readText } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import { CHANGED, type LayoutImage, openLayout } from "./layout.ts"

const WORK = "/slipway"
/** The files of the program that verifies a layout. */
const VERIFY = readText(new URL("./canonical/verify.mjs", import.meta.url))
const VERIFY_BLOBS = readText(new URL("./canonical/verify-blobs.ts", import.meta.url))

/**
 * Opens a layout of any origin, after it has hashed every blob in one exec. Scanners and crane read a blob by its name, and
 * crane does not push a blob that the registry has: with another file under that name, the scanned image would not be the
 * deployed one.
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
    expected: "a layout whose blobs match their digests, sizes and media types",
    got: faults.slice(0, 5).join("; "),
    fix: CHANGED,
  })
}
