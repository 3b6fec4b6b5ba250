import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import type { CacheOptions } from "../../lib/ship/cache/run-cache.ts"
import type { EphemeralKey } from "../../lib/sign/cosign-run.ts"
import * as cached from "./cached-build.ts"
import { emptyVolume, exported, LIMIT, makeKey, notes, PROTECTED, PULL_REQUEST } from "./cached-build.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"

useEngine()

let registry: TestRegistry
let ours: EphemeralKey
let theirs: EphemeralKey
beforeAll(async () => {
  ;[registry, ours, theirs] = await Promise.all([startRegistry(), makeKey(), makeKey()])
})

type Run = Omit<Parameters<typeof cached.buildCached>[0], "registry">
const shipCached = (run: Run) => cached.shipCached({ ...run, registry })
const buildCached = (run: Run) => cached.buildCached({ ...run, registry })

function archiveOf(folder: string): string {
  const { entries } = JSON.parse(readFileSync(join(folder, "bundle.json"), "utf8"))
  return join(folder, `${entries.find(({ kind }: { kind: string }) => kind === "build").sha256}.tar.zst`)
}

const from = (folder: string): CacheOptions => ({
  directory: dag.host().directory(folder, { noCache: true }),
  limit: LIMIT,
})

let digest: string | undefined

describe("caches in a directory", () => {
  let bundle: string

  test("are exported by a protected branch, and the image is that of a build without caches", async () => {
    const empty = mkdtempSync(join(tmpdir(), "slipway-no-caches-"))
    const without = await buildCached({ input: "without", cache: from(empty) })
    digest = without.digest
    expect(without.cache).toMatchObject({
      bundle: "missing",
      volumes: [{ import: "miss" }],
      export: { status: "none" },
    })
    await emptyVolume()
    const first = await shipCached({ input: "first", cache: from(empty) })
    expect(first.digest).toBe(digest)
    expect(first.cache).toMatchObject({ bundle: "missing", export: { status: "written" } })
    expect(first.cache?.volumes.map(({ kind, import: is, export: to }) => `${kind} ${is} ${to}`).sort()).toEqual([
      "build miss saved",
      "test miss saved",
    ])
    bundle = await exported(first.caches)
    expect(readdirSync(bundle).length).toBe(3)
  })

  test("fill the volumes of another engine in a pull request, which leaves the bundle as it is", async () => {
    await emptyVolume()
    const next = await buildCached({ input: "second", cache: from(bundle), ci: PULL_REQUEST })
    expect(next.cache.volumes).toMatchObject([{ import: "hit" }])
    expect(await notes()).toBe("first second ")
    expect(next.digest).toBe(digest)
    expect(next.cache.export).toEqual({ status: "none", reason: "a pull request reads caches, and never writes them" })
    expect(readdirSync(await exported(next.caches))).toEqual(readdirSync(bundle))
  })

  test.each([
    {
      name: "poisoned",
      spoil: (folder: string) => {
        const bytes = readFileSync(archiveOf(folder))
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
        writeFileSync(archiveOf(folder), bytes)
      },
      reason: "the archive is not the one that the bundle describes",
    },
    {
      name: "truncated",
      spoil: (folder: string) => truncateSync(archiveOf(folder), 20),
      reason: expect.stringContaining("the archive has 20 bytes instead of"),
    },
    {
      name: "missing",
      spoil: (folder: string) => rmSync(archiveOf(folder)),
      reason: "its archive is missing in the bundle",
    },
  ])("that are $name leave the volume empty, and give the same image", async ({ name, spoil, reason }) => {
    await emptyVolume()
    const spoilt = mkdtempSync(join(tmpdir(), "slipway-spoilt-"))
    cpSync(bundle, spoilt, { recursive: true })
    spoil(spoilt)
    const result = await buildCached({ input: name, cache: from(spoilt), ci: PROTECTED })
    expect(result.cache.volumes).toMatchObject([{ import: "broken", reason }])
    expect(await notes()).toBe(`${name} `)
    expect(result.digest).toBe(digest)
    const archive = archiveOf(await exported(result.caches))
    expect(basename(archive)).toBe(`${digestOf(readFileSync(archive)).slice("sha256:".length)}.tar.zst`)
  })

  test("are imported into a delivery only with a signature of its signer", async () => {
    await emptyVolume()
    const unsigned = await buildCached({ input: "unsigned", cache: from(bundle), key: ours, ci: PROTECTED })
    expect(unsigned.cache).toMatchObject({
      bundle: "refused",
      reason: "it is not signed",
      export: { status: "written" },
    })
    expect(unsigned.digest).toBe(digest)
    const signed = await exported(unsigned.caches)

    await emptyVolume()
    const foreign = await buildCached({ input: "foreign", cache: from(signed), key: theirs })
    expect(foreign.cache).toMatchObject({ bundle: "refused", reason: expect.stringContaining("no valid signature") })
    expect(await notes()).toBe("foreign ")
    expect(foreign.digest).toBe(digest)

    await emptyVolume()
    const own = await buildCached({ input: "own", cache: from(signed), key: ours })
    expect(own.cache).toMatchObject({ bundle: "used", signer: expect.stringContaining("the public key") })
    expect(await notes()).toBe("unsigned own ")
    expect(own.digest).toBe(digest)
  })
})
