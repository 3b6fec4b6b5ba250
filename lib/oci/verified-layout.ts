import { readFileSync } from "node:fs"
import { type Directory, dag } from "@dagger.io/dagger"
import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { CHANGED, type LayoutImage, openLayout } from "./layout.ts"

const WORK = "/slipway"
const RUN = [
  `const { verifyBlobs } = await import("${WORK}/verify-blobs.ts")`,
  "console.log(JSON.stringify(await verifyBlobs(process.argv[1])))",
].join("\n")

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
    .withNewFile(`${WORK}/verify-blobs.ts`, program())
    .withMountedDirectory(`${WORK}/layout`, layout)
    .withExec(["node", "--input-type=module", "--eval", RUN, `${WORK}/layout`])
    .stdout()
  const faults = z.array(z.string()).parse(JSON.parse(text))
  if (faults.length === 0) return
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: "a layout whose blobs are what their names, sizes and media types say",
    got: faults.slice(0, 5).join("; "),
    fix: CHANGED,
  })
}

function program(): string {
  return readFileSync(new URL("./canonical/verify-blobs.ts", import.meta.url), "utf8")
}
