import { readFileSync } from "node:fs"
import path from "node:path"

/** What a step's seal_layer wrote: the digests of its layer, and where the layer lies. */
export function readLayer(folder) {
  const digests = JSON.parse(readFileSync(path.join(folder, "layer.json"), "utf8"))
  const name = path.basename(folder).replace(/-[0-9a-f]{16}$/, "")
  return { ...digests, name, file: path.join(folder, "layer.tar.gz") }
}
