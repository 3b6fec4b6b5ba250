import { execFileSync } from "node:child_process"
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { entrySize } from "../../../lib/oci/canonical/tar.ts"
import { header, pack } from "../../../lib/smoke/program/pack.ts"

test("writes every file of a folder, as tar reads them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pack-"))
  const [from, to] = [join(folder, "from"), join(folder, "to")]
  const blob = Buffer.alloc(200_001, "ab")
  mkdirSync(join(from, "blobs/sha256"), { recursive: true })
  mkdirSync(to)
  const files = { "blobs/sha256/0a": blob, "index.json": Buffer.from("{}"), "oci-layout": Buffer.alloc(512, "x") }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(from, name), content)
  await pack(from, createWriteStream(join(folder, "image.tar")))
  const listed = execFileSync("tar", ["-tf", join(folder, "image.tar")], { encoding: "utf8" })
  expect(listed.trim().split("\n")).toEqual(Object.keys(files))
  execFileSync("tar", ["-xf", join(folder, "image.tar"), "-C", to])
  for (const [name, content] of Object.entries(files)) expect(readFileSync(join(to, name)).equals(content)).toBe(true)
})

test("writes the size of a blob of more than 8 GiB too", () => {
  expect(entrySize(header("blob", 9 * 2 ** 30))).toBe(9 * 2 ** 30)
  expect(entrySize(header("blob", 8 ** 11 - 1))).toBe(8 ** 11 - 1)
})
