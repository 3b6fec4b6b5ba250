import { randomUUID } from "node:crypto"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { CacheSharingMode, type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { buildImage } from "../../lib/build/docker-build.ts"
import { readBuild } from "../../lib/build/reading.ts"
import { parseCi } from "../../lib/config/ci.ts"
import type { ServiceSettings } from "../../lib/config/services.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { readLayout } from "../../lib/oci/layout.ts"
import { digestOf, parseRepository } from "../../lib/oci/reference.ts"
import { type CacheOptions, startCache } from "../../lib/ship/cache/run-cache.ts"
import { buildVolumes } from "../../lib/ship/cache/volumes.ts"
import { requireShipped, ship } from "../../lib/ship/ship.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { toolImages } from "../../src/api/access.ts"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { slipway, toolImage } from "./slipway.ts"
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
    .withNewFile("input", `${input} `)
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
let ours: EphemeralKey
let theirs: EphemeralKey
const tools = toolImages(slipway())
beforeAll(async () => {
  const make = () => createEphemeralKey({ cosignImage: tools.cosign, run: newRun() })
  ;[registry, ours, theirs] = await Promise.all([startRegistry(), make(), make()])
})

const REPOSITORY = "registry.test:5000/cached"
const access = () => ({ service: registry.service, plainHttp: true })

type Run = { input: string; cache: CacheOptions; ci?: string[]; key?: EphemeralKey; settings?: ServiceSettings }

/** The whole chain: a delivery with a key, else a rehearsal. */
async function shipCached({ input, cache, ci = PROTECTED, key, settings }: Run) {
  const destination = key && {
    ...{ repository: REPOSITORY, registry: access(), tags: ["v1"] },
    signing: { key: key.key.key, ...(key.key.password && { password: key.key.password }) },
  }
  const call = { flags: { ci }, settings: { smoke: false as const, ...settings } }
  const options = await shipHere(destination ?? {}, dag.host().directory(vulnerabilityDbFolder()), call)
  const { record, caches } = requireShipped(await ship(source(input), { ...options, cache }))
  return { digest: record.image?.digest, cache: record.cache, caches }
}

/** Only the stages that use caches, between the import and the export of ship. */
async function buildCached({ input, cache: options, ci = [], key }: Run) {
  const nodeImage = toolImage("NODEIMAGE") ?? NODE_IMAGE
  const request = { platforms: ["linux/amd64"], nodeImage, gitImage: tools.kustomize }
  const job = parseCi(ci)
  const cache = startCache(options, {
    ...(job && { ci: job }),
    ...{ mode: key ? "delivery" : "rehearsal", given: false, nodeImage, run: newRun() },
    ...{ cosignImage: tools.cosign, craneImage: tools.crane, repository: key ? REPOSITORY : "" },
  })
  if (key) {
    const signer = { kind: "publicKey" as const, publicKey: key.publicKey }
    cache.open(Promise.resolve({ repository: parseRepository(REPOSITORY), access: access(), signer, key: key.key }))
  }
  const reading = readBuild(source(input), request)
  await cache.fill(await buildVolumes(await reading, []))
  const { layout } = await buildImage(source(input), request, reading)
  const { digest } = await readLayout(layout)
  cache.save()
  await cache.ended()
  return { digest, cache: cache.record(), caches: cache.directory() }
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

test("caches in a repository are signed by a delivery, imported by its signer only, and not pushed without a change", async () => {
  await emptyVolume()
  const repository = parseRepository("registry.test:5000/caches")
  const cache: CacheOptions = { store: { repository, access: access() }, limit: LIMIT }
  const first = await shipCached({ input: "pushed", cache, key: ours, settings: { test: false } })
  expect(first.cache).toMatchObject({ bundle: "missing", export: { status: "written" } })
  const pushed = await registry.manifest("caches", "v1")

  await emptyVolume()
  const second = await buildCached({ input: "pulled", cache, key: ours })
  expect(second.cache).toMatchObject({ bundle: "used", export: { status: "none" } })
  expect(await notes()).toBe("pushed pulled ")
  expect(second.digest).toBe(first.digest)

  await emptyVolume()
  const again = await buildCached({ input: "pulled", cache, key: ours, ci: PROTECTED })
  expect(again.cache).toMatchObject({ export: { status: "unchanged" } })
  expect((await registry.manifest("caches", "v1")).digest).toBe(pushed.digest)

  await emptyVolume()
  const foreign = await buildCached({ input: "theirs", cache, key: theirs })
  expect(foreign.cache).toMatchObject({ bundle: "refused" })
  expect(await notes()).toBe("theirs ")
  expect(foreign.digest).toBe(first.digest)
})
