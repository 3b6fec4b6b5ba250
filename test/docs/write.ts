import { mkdirSync, writeFileSync } from "node:fs"
import { ROOT, referencePages } from "./reference.ts"

mkdirSync(new URL("docs/reference/", ROOT), { recursive: true })
for (const [path, text] of Object.entries(referencePages())) writeFileSync(new URL(path, ROOT), text)
