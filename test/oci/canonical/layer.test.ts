import { expect, test } from "vitest"
import { retimeTar } from "../../../lib/oci/canonical/layer.ts"
import { parsePax } from "../../../lib/oci/canonical/tar.ts"
import { collect, type Entry, inChunks, makeTar } from "./make-tar.ts"

const capability = Buffer.from([1, 0, 0, 2, 0xff, 0, 10])
const at = (mtime: number, sub: string): Entry[] => [
  { name: "app/", type: "5", mode: 0o755, mtime },
  {
    name: "app/server",
    content: "binary".repeat(300),
    mode: 0o755,
    mtime: mtime + 1,
    pax: [
      { key: "mtime", value: Buffer.from(`${mtime + 1}.${sub}`) },
      { key: "SCHILY.xattr.security.capability", value: capability },
    ],
  },
  { name: "app/link", type: "2", mtime: mtime + 2, pax: [{ key: "mtime", value: Buffer.from(`${mtime + 2}.${sub}`) }] },
  { name: "app/.wh.old", mtime },
]

test("makes the same tar from files of different times", async () => {
  const first = await collect(retimeTar(inChunks(makeTar(at(1_700_000_000, "1")), 1000), 42))
  const second = await collect(retimeTar(inChunks(makeTar(at(1_800_000_000, "999999999")), 77), 42))
  expect(first.equals(second)).toBe(true)
})

test("changes only times", async () => {
  const whole = at(42, "5").map(({ pax, ...entry }) => {
    const kept = pax?.filter(({ key }) => key !== "mtime")
    return { ...entry, mtime: 42, ...(kept?.length && { pax: kept }) }
  })
  expect((await collect(retimeTar(inChunks(makeTar(at(1_700_000_000, "5")), 512), 42))).equals(makeTar(whole))).toBe(
    true,
  )
})

test("keeps extended attributes byte for byte", async () => {
  const tar = await collect(retimeTar(inChunks(makeTar(at(1, "1")), 512), 42))
  const start = tar.indexOf("SCHILY") - 3
  expect(parsePax(tar.subarray(start, tar.indexOf("\n\0", start) + 1))).toEqual([
    { key: "SCHILY.xattr.security.capability", value: capability },
  ])
})

test("reads an entry's size from its extended header", async () => {
  const entry = { name: "big", content: "x".repeat(600), pax: [{ key: "size", value: Buffer.from("600") }] }
  const tar = makeTar([entry, { name: "next", content: "y", mtime: 9 }])
  // the header cannot contain the size of a large file
  tar.fill("0", 1024 + 124, 1024 + 135)
  const retimed = await collect(retimeTar(inChunks(tar, 512), 42))
  expect(retimed.length).toBe(tar.length)
  expect(retimed.toString("latin1", 1024 + 512 + 1024, 1024 + 512 + 1024 + 4)).toBe("next")
})

test("refuses a truncated tar", async () => {
  await expect(collect(retimeTar(inChunks(makeTar(at(1, "1")).subarray(0, 2000), 512), 42))).rejects.toThrow(
    "too early",
  )
})
