import { readFileSync } from "node:fs"
import path from "node:path"

/** The output of a step's seal_layer: the digests and the path of its layer. */
export function readLayer(folder) {
  const digests = JSON.parse(readFileSync(path.join(folder, "layer.json"), "utf8"))
  const name = path.basename(folder).replace(/-[0-9a-f]{16}$/, "")
  return { ...digests, name, file: path.join(folder, "layer.tar.gz") }
}
