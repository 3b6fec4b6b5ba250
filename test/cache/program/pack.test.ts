import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { contents, pack, walk } from "../../../lib/cache/program/pack.ts"
import { emptyFolder, sampleVolume } from "./volume-folder.ts"

test("writes an archive that tar lists and extracts", () => {
  const input = Buffer.concat([...pack(sampleVolume())])
  const listed = execFileSync("tar", ["--list", "--verbose", "--file=-"], { input }).toString()
  expect(listed).toMatch(/-r--r--r-- .* 20 .* mod\/example\.test@v1\.0\.0\/go\.mod\n/)
  expect(listed).toMatch(/mod\/link -> example\.test@v1\.0\.0\/go\.mod\n/)
  const file = execFileSync("tar", ["--extract", "--to-stdout", "--file=-", "mod/example.test@v1.0.0/go.mod"], {
    input,
  })
  expect(file.toString()).toBe("module example.test\n")
})

test.each([
  { name: "an absolute link", target: "/usr/bin/python3" },
  { name: "a link that leads up", target: "../other" },
])("does not pack $name", ({ target }) => {
  const root = emptyFolder()
  symlinkSync(target, join(root, "python"))
  expect(() => [...pack(root)]).toThrow(`the link "python" leads out of the volume, to ${target}`)
})

test("leaves out pipes, and what an interrupted import left", () => {
  const root = emptyFolder()
  execFileSync("mkfifo", [join(root, "pipe")])
  mkdirSync(join(root, ".slipway-import-abc"))
  writeFileSync(join(root, "file"), "x")
  expect([...walk(root)].map(({ path }) => path)).toEqual(["file"])
})

test("refuses a file that changes while it is read", () => {
  const root = emptyFolder()
  writeFileSync(join(root, "file"), "longer")
  const [entry] = [...walk(root)]
  if (!entry) throw new Error("expected an entry")
  for (const size of [3, 9]) {
    expect(() => [...contents(root, { ...entry, size })]).toThrow('"file" changed while it was read')
  }
})
