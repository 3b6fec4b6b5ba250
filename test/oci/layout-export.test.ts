import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { FINISH_PROGRAM } from "../../lib/oci/layout-export.ts"

const FOLDER = new URL("../../lib/oci/canonical/", import.meta.url)

/** The file and all files of its folder that it imports, directly or not. */
function imported(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  const text = readFileSync(new URL(name, FOLDER), "utf8")
  for (const [, file = ""] of text.matchAll(/from "\.\/([^"]+)"/g)) imported(file, seen)
  return seen
}

test("passes every file that the program imports to the container", () => {
  expect([...imported("finish.mjs")].sort()).toEqual([...FINISH_PROGRAM].sort())
})
