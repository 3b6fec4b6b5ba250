import { chmodSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { readContent } from "../../../lib/cache/program/content.ts"
import { sampleVolume } from "./volume-folder.ts"

test("has the same digest after a change of times only, and another after any other change", () => {
  const root = sampleVolume()
  const { digest, files } = readContent(root)
  expect(files).toBe(8)
  utimesSync(join(root, "mod/program"), 5, 5)
  expect(readContent(root).digest).toBe(digest)
  chmodSync(join(root, "mod/program"), 0o700)
  const changed = readContent(root).digest
  expect(changed).not.toBe(digest)
  writeFileSync(join(root, "mod/program"), Buffer.alloc(3_000_000, 8))
  expect(readContent(root).digest).not.toBe(changed)
})
