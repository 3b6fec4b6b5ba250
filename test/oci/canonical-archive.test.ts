import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { ARCHIVE_PROGRAM } from "../../lib/oci/canonical-archive.ts"

const FOLDER = new URL("../../lib/oci/canonical/", import.meta.url)

test("passes every file that the program imports to the container", () => {
  const imports = ARCHIVE_PROGRAM.flatMap((name) => {
    const text = readFileSync(new URL(name, FOLDER), "utf8")
    return [...text.matchAll(/from "\.\/([^"]+)"/g)].map(([, file]) => file)
  })
  expect(new Set(["archive.mjs", ...imports])).toEqual(new Set(ARCHIVE_PROGRAM))
})
