import { randomUUID } from "node:crypto"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CacheSharingMode, type Directory, dag, type Secret } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import type { ServiceSettings } from "../../lib/config/services.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { parseRepository } from "../../lib/oci/reference.ts"
import type { CacheOptions } from "../../lib/ship/cache/run-cache.ts"
import type { DestinationRequest } from "../../lib/ship/options/flags.ts"
import { requireShipped, ship } from "../../lib/ship/ship.ts"
import { createEphemeralKey } from "../../lib/sign/cosign-run.ts"
import { COSIGN_IMAGE } from "../../src/tool-images.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { toolImage } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const FROM = "debian:bookworm-slim"
/** The id of a cache mount that only this run of the tests has. */
const ID = `ship-cache-${randomUUID()}`
const LIMIT = 1e9

/** An image whose build notes each of its runs in a cache; the image does not depend on that, nor on `input`. */
const source = (input: string): Directory =>
  dag
    .directory()
    .withNewFile("input", input)
    .withNewFile("package.json", JSON.stringify({ name: "cached", scripts: { test: "sh note.sh" } }))
    .withNewFile(
      "package-lock.json",
      JSON.stringify({ name: "cached", lockfileVersion: 3, packages: { "": { name: ID } } }),
    )
    .withNewFile("note.sh", "cat input >> /slipway/cache/notes")
    .withNewFile(
      "Dockerfile",
      `FROM ${FROM} AS build
COPY input /input
RUN --mount=type=cache,id=${ID},target=/cache,sharing=locked cat /input >> /cache/notes && echo built > /result
FROM gcr.io/distroless/static-debian12
COPY --from=build /result /result
`,
    )

/** What the volume of the build has. */
async function notes(): Promise<string> {
  return await inVolume("cat /cache/notes 2>/dev/null || true")
}

/** Stands for another engine: its volumes are empty. */
async function emptyVolume(): Promise<void> {
  await inVolume("rm -rf /cache/* /cache/.[!.]*")
}

async function inVolume(command: string): Promise<string> {
  return await dag
    .container()
    .from(FROM)
    .withEnvVariable("AT", randomUUID())
    .withMountedCache("/cache", dag.cacheVolume(`/${ID}`), { sharing: CacheSharingMode.Locked })
    .withExec(["sh", "-c", command])
    .stdout()
}

const PROTECTED = ["GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_EVENT_NAME=push"]
const PULL_REQUEST = ["GITHUB_REF=refs/pull/7/merge", "GITHUB_EVENT_NAME=pull_request"]

let registry: TestRegistry
type Key = { key: Secret; password?: Secret }
let ours: Key
let theirs: Key
beforeAll(async () => {
  registry = await startRegistry()
  const cosignImage = toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE
  const made = [newRun(), newRun()].map(async (run) => (await createEphemeralKey({ cosignImage, run })).key)
  const [first, second] = await Promise.all(made)
  if (!first || !second) throw new Error("expected two keys")
  ;[ours, theirs] = [first, second]
})

type Run = { input: string; cache?: CacheOptions; ci?: string[]; key?: Key; settings?: ServiceSettings }

async function run({ input, cache, ci = PROTECTED, key, settings = { test: false } }: Run) {
  const destination: Partial<DestinationRequest> = key
    ? {
        repository: "registry.test:5000/cached",
        signing: { key: key.key, ...(key.password && { password: key.password }) },
        registry: { service: registry.service, plainHttp: true },
        tags: ["v1"],
      }
    : {}
  const options = await shipHere(destination, dag.host().directory(vulnerabilityDbFolder()), {
    flags: { ci },
    settings: { smoke: false, ...settings },
  })
  const { record, caches } = requireShipped(await ship(source(`${input}\n`), { ...options, ...(cache && { cache }) }))
  const [volume] = record.cache?.volumes.filter(({ kind }) => kind === "build") ?? []
  return { digest: record.image?.digest, cache: record.cache, volume, caches }
}

/** The bundle as a folder of this machine. */
async function exported(caches: Directory | undefined): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-caches-"))
  await caches?.export(folder)
  return folder
}

function archiveOf(folder: string): string {
  const { entries } = JSON.parse(readFileSync(join(folder, "bundle.json"), "utf8"))
  return join(folder, `${entries.find(({ kind }: { kind: string }) => kind === "build").sha256}.tar.zst`)
}

const from = (folder: string): CacheOptions => ({
  directory: dag.host().directory(folder, { noCache: true }),
  limit: LIMIT,
})

describe("caches in a directory", () => {
  let digest: string | undefined
  let bundle: string

  test("are exported by a protected branch, and the image is that of a run without caches", async () => {
    digest = (await run({ input: "without" })).digest
    await emptyVolume()
    const empty = mkdtempSync(join(tmpdir(), "slipway-no-caches-"))
    const first = await run({ input: "first", cache: from(empty), settings: {} })
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
    const before = readFileSync(join(bundle, "bundle.json"), "utf8")
    const next = await run({ input: "second", cache: from(bundle), ci: PULL_REQUEST })
    expect(next.volume).toMatchObject({ import: "hit" })
    expect(await notes()).toBe("first\nsecond\n")
    expect(next.digest).toBe(digest)
    expect(next.cache?.export).toEqual({ status: "none", reason: "a pull request reads caches, and never writes them" })
    expect(readFileSync(join(await exported(next.caches), "bundle.json"), "utf8")).toBe(before)
  })

  test.each([
    {
      name: "poisoned",
      spoil: (folder: string) => {
        const path = archiveOf(folder)
        const bytes = readFileSync(path)
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
        writeFileSync(path, bytes)
      },
      found: { bundle: "used" },
      volume: { import: "broken", reason: "the archive is not the one that the bundle describes" },
    },
    {
      name: "truncated",
      spoil: (folder: string) => truncateSync(archiveOf(folder), 20),
      found: { bundle: "used" },
      volume: { import: "broken", reason: expect.stringContaining("the archive has 20 bytes instead of") },
    },
    {
      name: "missing",
      spoil: (folder: string) => rmSync(archiveOf(folder)),
      found: { bundle: "used" },
      volume: { import: "broken", reason: "its archive is missing in the bundle" },
    },
  ])("that are $name leave the volume empty, and give the same image", async ({ name, spoil, found, volume }) => {
    await emptyVolume()
    const spoilt = mkdtempSync(join(tmpdir(), "slipway-spoilt-"))
    cpSync(bundle, spoilt, { recursive: true })
    spoil(spoilt)
    const result = await run({ input: name, cache: from(spoilt), ci: PULL_REQUEST })
    expect(result.cache).toMatchObject(found)
    expect(result.volume).toMatchObject(volume)
    expect(await notes()).toBe(`${name}\n`)
    expect(result.digest).toBe(digest)
  })

  test("are imported into a delivery only with a signature of its signer", async () => {
    await emptyVolume()
    const unsigned = await run({ input: "unsigned", cache: from(bundle), key: ours })
    expect(unsigned.cache).toMatchObject({
      bundle: "refused",
      reason: "it is not signed",
      export: { status: "written" },
    })
    expect(unsigned.volume?.import).toBe("miss")
    expect(unsigned.digest).toBe(digest)
    const signed = await exported(unsigned.caches)

    await emptyVolume()
    const foreign = await run({ input: "foreign", cache: from(signed), key: theirs })
    expect(foreign.cache).toMatchObject({ bundle: "refused" })
    expect(await notes()).toBe("foreign\n")
    expect(foreign.digest).toBe(digest)

    await emptyVolume()
    const own = await run({ input: "own", cache: from(signed), key: ours })
    expect(own.cache).toMatchObject({ bundle: "used", signer: expect.stringContaining("the public key") })
    expect(await notes()).toBe("unsigned\nown\n")
    expect(own.digest).toBe(digest)
  })
})

test("caches in a repository are signed, imported, and not pushed again without a change", async () => {
  await emptyVolume()
  const access = { service: registry.service, plainHttp: true }
  const cache: CacheOptions = {
    store: { repository: parseRepository("registry.test:5000/caches"), access },
    limit: LIMIT,
  }
  const first = await run({ input: "pushed", cache, key: ours })
  expect(first.cache).toMatchObject({ bundle: "missing", export: { status: "written" } })

  await emptyVolume()
  const pushed = await registry.manifest("caches", "v1")
  const second = await run({ input: "pulled", cache, key: ours, ci: [] })
  expect(second.cache).toMatchObject({ bundle: "used", export: { status: "none" } })
  expect(await notes()).toBe("pushed\npulled\n")
  expect(second.digest).toBe(first.digest)
  expect((await registry.manifest("caches", "v1")).digest).toBe(pushed.digest)

  await emptyVolume()
  const foreign = await run({ input: "theirs", cache, key: theirs, ci: [] })
  expect(foreign.cache).toMatchObject({ bundle: "refused" })
  expect(await notes()).toBe("theirs\n")
  expect(foreign.digest).toBe(first.digest)
})
