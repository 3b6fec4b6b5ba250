import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { readContent } from "../../../lib/cache/program/content.ts"
import { pack } from "../../../lib/cache/program/pack.ts"
import { unpack } from "../../../lib/cache/program/unpack.ts"
import { emptyFolder, sampleVolume } from "./volume-folder.ts"

const whole = (root: string) => Buffer.concat([...pack(root)])
const LARGE = { unpacked: 1e9, files: 1e6 }

async function* chunks(archive: Buffer, length = 700): AsyncGenerator<Buffer> {
  for (let at = 0; at < archive.length; at += length) yield archive.subarray(at, at + length)
}

test("unpacks to the content that was packed, with modes and times", async () => {
  const [from, to] = [sampleVolume(), emptyFolder()]
  await unpack(chunks(whole(from)), to, LARGE)
  expect(readContent(to)).toEqual(readContent(from))
  expect(fs.statSync(join(to, "mod/example.test@v1.0.0")).mode & 0o777).toBe(0o555)
  expect(fs.statSync(join(to, "mod/program")).mtimeMs).toBeCloseTo(1_700_000_000_250, 1)
  expect(fs.readlinkSync(join(to, "mod/link"))).toBe("example.test@v1.0.0/go.mod")
})

describe("a hostile archive", () => {
  const header = (change: (block: Buffer) => void, name = "file") => {
    const root = emptyFolder()
    fs.writeFileSync(join(root, "file"), "")
    const archive = whole(root)
    const at = archive.lastIndexOf("file\0")
    archive.fill(0, at, at + 100)
    archive.write(name, at, "latin1")
    change(archive.subarray(at))
    return archive
  }
  const typed = (type: string, target = "") =>
    header((block) => {
      block.write(type, 156, "latin1")
      block.write(target, 157, "latin1")
    })
  const nothing = () => {}

  test.each([
    { name: "an absolute path", archive: header(nothing, "/etc/passwd"), fault: 'the path "/etc/passwd"' },
    { name: "a path that leads up", archive: header(nothing, "../up"), fault: 'the path "../up"' },
    { name: "a path that leads up inside", archive: header(nothing, "a/../../up"), fault: 'the path "a/../../up"' },
    { name: "a path below no folder of it", archive: header(nothing, "link/up"), fault: '"link/up" outside of' },
    { name: "an absolute link", archive: typed("2", "/etc"), fault: 'the link "file" to "/etc"' },
    { name: "a link that leads up", archive: typed("2", "../.."), fault: 'the link "file" to "../.."' },
    { name: "a hard link", archive: typed("1", "/etc/passwd"), fault: 'an entry of type "1"' },
    { name: "a device", archive: typed("3"), fault: 'an entry of type "3"' },
    { name: "a pipe", archive: typed("6"), fault: 'an entry of type "6"' },
  ])("with $name is refused, and nothing of it is written", async ({ archive, fault }) => {
    const to = emptyFolder()
    await expect(unpack(chunks(archive), to, LARGE)).rejects.toThrow(fault)
    expect(fs.readdirSync(to)).toEqual([])
  })

  test("with a second entry of one name is refused", async () => {
    const archive = header(nothing, "twice")
    const twice = Buffer.concat([archive.subarray(0, -1024), archive])
    await expect(unpack(chunks(twice), emptyFolder(), LARGE)).rejects.toThrow("EEXIST")
  })

  test.each([
    { name: "more bytes", limits: { unpacked: 3_000_000, files: 100 } },
    { name: "more files", limits: { unpacked: 1e9, files: 3 } },
  ])("with $name than the bundle states is refused", async ({ limits }) => {
    await expect(unpack(chunks(whole(sampleVolume())), emptyFolder(), limits)).rejects.toThrow(
      "more content than the bundle states",
    )
  })

  test("that ends too early is refused", async () => {
    const archive = whole(sampleVolume())
    await expect(unpack(chunks(archive.subarray(0, 2_000_000)), emptyFolder(), LARGE)).rejects.toThrow("too early")
  })
})
