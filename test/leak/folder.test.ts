import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { searchFolder } from "./folder.ts"
import { needlesOf } from "./needles.ts"
import { searchFor } from "./search.ts"

const names = (count: number) => Array.from({ length: count }, (_, n) => `folder-${n}`)
const LAYERS = names(3)
/** More than a reader's buffer takes, and not at the top: there it would be read on. */
const INNER = names(300)

test("every file of many folders is looked into, and every name at", async () => {
  const secrets = Object.fromEntries(LAYERS.map((name) => [name, `secret-of-${name}-whole`]))
  const root = mkdtempSync(join(tmpdir(), "slipway-folder-"))
  for (const name of LAYERS) for (const inner of INNER) fill(join(root, name, inner), `in ${secrets[name]}.`)
  writeFileSync(join(root, "found-by-its-name"), "")
  const search = searchFor(needlesOf({ ...secrets, name: "found-by-its-name" }))
  const { files, found } = await searchFolder(root, search)
  expect(files).toBe(LAYERS.length * INNER.length * 2 + 1)
  expect([...new Set([...found].map(({ name }) => name))].sort()).toEqual([...LAYERS, "name"].sort())
})

test("a file by itself is one, and a place that is not there is an error", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "slipway-folder-")), "file")
  writeFileSync(file, "a secret-in-a-file")
  const search = searchFor(needlesOf({ one: "secret-in-a-file" }))
  const { files, found } = await searchFolder(file, search)
  expect([files, ...[...found].map(({ name }) => name)]).toEqual([1, "one"])
  await expect(searchFolder(`${file}-not`, search)).rejects.toThrow("ENOENT")
})

/** One file with nothing in it, and one with all there is. */
function fill(folder: string, text: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "empty"), "")
  writeFileSync(join(folder, "text"), text)
}
