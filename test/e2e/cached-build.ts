import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CacheSharingMode, type Directory, dag } from "@dagger.io/dagger"
import { buildImage } from "../../lib/build/docker-build.ts"
import { readBuild } from "../../lib/build/reading.ts"
import { parseCi } from "../../lib/config/ci.ts"
import type { ServiceSettings } from "../../lib/config/services.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { readLayout } from "../../lib/oci/layout.ts"
import { parseRepository } from "../../lib/oci/reference.ts"
import { type CacheOptions, startCache } from "../../lib/ship/cache/run-cache.ts"
import { buildVolumes } from "../../lib/ship/cache/volumes.ts"
import { requireShipped, ship } from "../../lib/ship/ship.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { toolImages } from "../../src/api/access.ts"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import type { TestRegistry } from "./registry.ts"
import { shipHere } from "./ship-options.ts"
import { slipway, toolImage } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

const FROM = "debian:bookworm-slim"
/** The id of a cache mount that only this file of tests has. */
const ID = `ship-cache-${randomUUID()}`
export const LIMIT = 1e9

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
export async function notes(): Promise<string> {
  return await inVolume("cat /cache/notes 2>/dev/null || true")
}

/** Stands for another engine: its volumes are empty. */
export async function emptyVolume(): Promise<void> {
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

export const PROTECTED = ["GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_EVENT_NAME=push"]
export const PULL_REQUEST = ["GITHUB_REF=refs/pull/7/merge", "GITHUB_EVENT_NAME=pull_request"]

const tools = toolImages(slipway())
export const REPOSITORY = "registry.test:5000/cached"

export function makeKey(): Promise<EphemeralKey> {
  return createEphemeralKey({ cosignImage: tools.cosign, run: newRun() })
}

export function accessOf({ service }: TestRegistry) {
  return { service, plainHttp: true }
}

/** `registry` is that of the image. */
type Run = {
  registry: TestRegistry
  input: string
  cache: CacheOptions
  ci?: string[]
  key?: EphemeralKey
  settings?: ServiceSettings
}

/** The whole chain: a delivery with a key, else a rehearsal. */
export async function shipCached({ registry, input, cache, ci = PROTECTED, key, settings }: Run) {
  const destination = key && {
    ...{ repository: REPOSITORY, registry: accessOf(registry), tags: ["v1"] },
    signing: { key: key.key.key, ...(key.key.password && { password: key.key.password }) },
  }
  const call = { flags: { ci }, settings: { smoke: false as const, ...settings } }
  const options = await shipHere(destination ?? {}, dag.host().directory(vulnerabilityDbFolder()), call)
  const { record, caches } = requireShipped(await ship(source(input), { ...options, cache }))
  return { digest: record.image?.digest, cache: record.cache, caches }
}

/** Only the stages that use caches, between the import and the export of ship. */
export async function buildCached({ registry, input, cache: options, ci = [], key }: Run) {
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
    cache.open(
      Promise.resolve({ repository: parseRepository(REPOSITORY), access: accessOf(registry), signer, key: key.key }),
    )
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
export async function exported(caches: Directory | undefined): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-caches-"))
  await caches?.export(folder)
  return folder
}
