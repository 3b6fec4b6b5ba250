// Prints where this image has Node, the loader that starts it, and its libraries, so that Node runs in another image too.
import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import { readHead } from "./inspect.ts"

const { interpreter } = await readHead(process.execPath)
const mapped = [...readFileSync("/proc/self/maps", "utf8").matchAll(/ (\/\S+\.so[.\d]*)$/gm)].map(([, path]) =>
  dirname(path),
)
const libraries = [...new Set([...mapped, "/lib", "/usr/local/lib", "/usr/lib"])]
process.stdout.write(JSON.stringify({ node: process.execPath, loader: interpreter, libraries }))
