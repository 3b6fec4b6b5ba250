import { basename } from "node:path"
import { beforeAll } from "vitest"
import { ALL } from "../e2e-files.ts"

const { missingParts } = await import(new URL("../engine/lib/parts.mjs", import.meta.url).href)

// before the file's own preparation, whose error would name an image or a program and not what builds it
// biome-ignore lint/correctness/noEmptyPattern: vitest takes nothing but a pattern for the fixtures
beforeAll(({}, { file }) => {
  const name = basename(file.filepath, ".test.ts")
  const needed = ALL[name] ?? []
  const missing: string[] = needed.length > 0 ? missingParts(needed) : []
  if (missing.length === 0) return
  throw new Error(
    `expected the test engine with ${needed.join(", ")}, got one without ${missing.join(", ")}. ` +
      `Run: eval "$(test/engine/up --with=${needed.join(",")})"`,
  )
})
