import { beforeAll, describe, expect, test } from "vitest"
import type { BundleEntry } from "../../lib/cache/bundle.ts"
import { type Digest, digestOf, parseRepository } from "../../lib/oci/reference.ts"
import type { CacheOptions } from "../../lib/ship/cache/run-cache.ts"
import type { EphemeralKey } from "../../lib/sign/cosign-run.ts"
import * as cached from "./cached-build.ts"
import { emptyVolume, LIMIT, makeKey, notes, PROTECTED, PULL_REQUEST } from "./cached-build.ts"
import { ALWAYS, type FaultProxy, startFaultProxy } from "./fault-proxy.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"

useEngine()

let registry: TestRegistry
let proxy: FaultProxy
let ours: EphemeralKey
let theirs: EphemeralKey
beforeAll(async () => {
  ;[registry, ours, theirs] = await Promise.all([startRegistry(), makeKey(), makeKey()])
  proxy = await startFaultProxy(registry.service)
})

type Run = Omit<Parameters<typeof cached.buildCached>[0], "registry">
const buildCached = (run: Run) => cached.buildCached({ ...run, registry })

/** The caches of a repository, through the proxy. */
const inRepository = (name: string): CacheOptions => {
  const repository = parseRepository(`registry.test:5000/${name}`)
  return { store: { repository, access: { service: proxy.service, plainHttp: true } }, limit: LIMIT }
}

test("caches in a repository are signed by a delivery, imported by its signer only, and not pushed without a change", async () => {
  await emptyVolume()
  const cache = inRepository("caches")
  const first = await cached.shipCached({ registry, input: "pushed", cache, key: ours, settings: { test: false } })
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
  const newer = await buildCached({ input: "newer", cache, key: ours, ci: PROTECTED })
  expect(newer.cache).toMatchObject({ export: { status: "written" } })
  expect((await upstream(`caches/manifests/${pushed.digest}`)).status, "the replaced bundle is deleted").toBe(404)

  await emptyVolume()
  const request = { registry, input: "request", ci: PULL_REQUEST, settings: { test: false as const } }
  const signer = { kind: "publicKey" as const, publicKey: ours.publicKey }
  const rehearsal = await cached.shipCached({ ...request, cache: { ...cache, signer, of: cached.REPOSITORY } })
  expect(rehearsal.cache, "a pull request reads it").toMatchObject({ bundle: "used", export: { status: "none" } })
  expect(await notes()).toBe("pushed newer request ")
  expect(rehearsal.digest).toBe(first.digest)

  await emptyVolume()
  const foreign = await buildCached({ input: "theirs", cache, key: theirs })
  expect(foreign.cache).toMatchObject({ bundle: "refused" })
  expect(await notes()).toBe("theirs ")
  expect(foreign.digest).toBe(first.digest)
})

type Descriptor = { mediaType: string; digest: Digest; size: number }
type BundleManifest = { config: Descriptor; layers: Descriptor[] }

/** What a person can do who may write to the repository of the caches, and has no key. */
const upstream = (path: string, request?: RequestInit) => fetch(`http://127.0.0.1:${registry.port}/v2/${path}`, request)

async function manifestOf(name: string): Promise<BundleManifest> {
  return (await registry.manifest(name, "v1")).body as unknown as BundleManifest
}

async function upload(name: string, content: string): Promise<Pick<Descriptor, "digest" | "size">> {
  const begun = await upstream(`${name}/blobs/uploads/`, { method: "POST" })
  const place = new URL(begun.headers.get("location") ?? "", `http://127.0.0.1:${registry.port}`)
  place.searchParams.set("digest", digestOf(content))
  const { status } = await fetch(place, { method: "PUT", body: content })
  expect(status).toBe(201)
  return { digest: digestOf(content), size: Buffer.byteLength(content) }
}

/** Names another archive in the description, and keeps the signature of the former one. */
async function poison(name: string): Promise<void> {
  const [manifest, archive] = [await manifestOf(name), await upload(name, "an archive with a poisoned compiler")]
  const described = await (await upstream(`${name}/blobs/${manifest.config.digest}`)).text()
  const bundle = JSON.parse(described) as { entries: BundleEntry[] }
  const entries = bundle.entries.map((entry) => ({ ...entry, sha256: archive.digest.slice(7), size: archive.size }))
  const config = { ...manifest.config, ...(await upload(name, JSON.stringify({ ...bundle, entries }))) }
  const [signature, volume] = manifest.layers
  await putManifest(name, { ...manifest, config, layers: [signature, { ...volume, ...archive }] as Descriptor[] })
}

async function putManifest(name: string, manifest: BundleManifest): Promise<void> {
  const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json" }
  const { status } = await upstream(`${name}/manifests/v1`, { method: "PUT", headers, body: JSON.stringify(manifest) })
  expect(status).toBe(201)
}

async function archiveIn(name: string): Promise<string> {
  const { layers } = await manifestOf(name)
  return layers.at(-1)?.digest ?? ""
}

describe("a bundle in a repository", () => {
  test.each([
    {
      name: "poisoned",
      spoil: poison,
      found: { bundle: "refused", reason: expect.stringContaining("it has no valid signature by the public key") },
    },
    {
      name: "truncated",
      spoil: async (name: string) => {
        const path = new RegExp(`blobs/${await archiveIn(name)}`)
        await proxy.inject({ kind: "truncated", method: "GET", path, times: ALWAYS })
      },
      found: {
        bundle: "used",
        volumes: [{ import: "broken", reason: expect.stringContaining("its download failed") }],
      },
    },
    {
      name: "without its archive",
      spoil: async (name: string) => {
        const { status } = await upstream(`${name}/blobs/${await archiveIn(name)}`, { method: "DELETE" })
        expect(status).toBe(202)
      },
      found: {
        bundle: "used",
        volumes: [{ import: "broken", reason: expect.stringContaining("its download failed") }],
      },
    },
    {
      name: "missing",
      spoil: async (name: string) => {
        const { digest } = await registry.manifest(name, "v1")
        expect((await upstream(`${name}/manifests/${digest}`, { method: "DELETE" })).status).toBe(202)
      },
      found: { bundle: "missing", reason: expect.stringContaining("has none yet"), volumes: [{ import: "miss" }] },
    },
    {
      name: "behind a registry that fails",
      spoil: async () => proxy.inject({ kind: 403, method: "GET|HEAD", path: /manifests/, times: ALWAYS }),
      found: { bundle: "missing", reason: expect.stringContaining("could not be read"), volumes: [{ import: "miss" }] },
    },
  ])("that is $name leaves the volume empty, and gives the same image", async ({ name, spoil, found }) => {
    const repository = name.replaceAll(" ", "-")
    await emptyVolume()
    const written = await buildCached({
      input: `first-${repository}`,
      cache: inRepository(repository),
      key: ours,
      ci: PROTECTED,
    })
    expect(written.cache.export.status).toBe("written")
    await spoil(repository)
    await emptyVolume()
    const result = await buildCached({ input: name, cache: inRepository(repository), key: ours })
    await proxy.inject()
    expect(result.cache).toMatchObject(found)
    expect(await notes()).toBe(`${name} `)
    expect(result.digest).toBe(written.digest)
  })
})
