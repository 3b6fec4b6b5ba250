// Packs the layout in FOLDER into the tar FILE, in a container.
import { createWriteStream } from "node:fs"
import { pack } from "./pack.ts"

const [folder, file] = process.argv.slice(2)
await pack(folder, createWriteStream(file))
