// Prints where this image has Node, the loader that starts it, and its libraries, so that Node runs in another image too.
import { readFileSync, realpathSync } from "node:fs"
import { dirname } from "node:path"
import { readHead } from "./elf.ts"

const { interpreter } = await readHead(process.execPath)
const mapped = [...readFileSync("/proc/self/maps", "utf8").matchAll(/ (\/\S+\.so[.\d]*)$/gm)].map(([, path]) =>
  dirname(path),
)
const libraries = [...new Set([...mapped, "/lib", "/usr/local/lib", "/usr/lib"])]
// below another root an absolute link would lead out of it
const [node, loader] = [process.execPath, interpreter].map((path) => realpathSync(path))
process.stdout.write(JSON.stringify({ node, loader, libraries }))
