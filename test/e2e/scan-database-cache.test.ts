import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Directory, dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Volume } from "../../lib/cache/volume.ts"
import { parseCi } from "../../lib/config/ci.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { openScan } from "../../lib/scan/scan-layout.ts"
import { startCache } from "../../lib/ship/cache/run-cache.ts"
import { databaseVolumes } from "../../lib/ship/cache/volumes.ts"
import { toolImages } from "../../src/api/access.ts"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import { exported, LIMIT, PROTECTED } from "./cached-build.ts"
import { type DatabaseMirror, startDatabaseMirror } from "./database-mirror.ts"
import { scanOptions } from "./scan-options.ts"
import { useEngine } from "./session.ts"
import { slipway, toolImage } from "./slipway.ts"

useEngine()

let mirror: DatabaseMirror
beforeAll(async () => {
  mirror = await startDatabaseMirror()
})
afterAll(() => mirror.stop())

// The random name of a mirror that does not listen makes the list new, and with it the volume.
const options = () => ({
  ...scanOptions(undefined),
  dbRepositories: [`127.0.0.1:9/${ID}/trivy-db:2`, `${mirror.host}/mirror/trivy-db:2`],
  downloadPauses: [10],
})
const ID = randomUUID()
const tools = toolImages(slipway())

/** Opens the scanner between the import and the export of ship; returns the number of requests to the mirror, too. */
async function opened(directory: Directory, rules: { maxDbAge?: number } = {}) {
  mirror.asked.length = 0
  const ci = parseCi(PROTECTED)
  const cache = startCache(
    { directory, limit: LIMIT },
    {
      ...{ mode: "rehearsal", given: false, nodeImage: toolImage("NODEIMAGE") ?? NODE_IMAGE, run: newRun() },
      ...{ cosignImage: tools.cosign, craneImage: tools.crane, repository: "", ...(ci && { ci }) },
    },
  )
  const own = options()
  await cache.fill(databaseVolumes(own, new Date()))
  const scanner = openScan({ ...own, run: newRun(), rules: { ...own.rules, ...rules } })
  const failure = await scanner.then(
    () => undefined,
    (error: Error) => error.message,
  )
  cache.save()
  await cache.ended()
  return { record: cache.record(), failure, asked: mirror.asked.length, caches: cache.directory() }
}

/** Stands for another engine: its volume is empty. */
async function emptyVolume(): Promise<void> {
  const [{ volume, sharing } = {} as Volume] = databaseVolumes(options(), new Date())
  const inside = dag.container().from("debian:bookworm-slim").withEnvVariable("AT", randomUUID())
  await inside
    .withMountedCache("/db", dag.cacheVolume(volume), { sharing })
    .withExec(["sh", "-c", "rm -rf /db/*"])
    .sync()
}

test("the database of a scanner is carried to another engine, and its age is judged as before", async () => {
  const empty = mkdtempSync(join(tmpdir(), "slipway-no-caches-"))
  const first = await opened(dag.host().directory(empty, { noCache: true }))
  expect(first.failure).toBeUndefined()
  expect(first.asked).toBeGreaterThan(0)
  expect(first.record.volumes).toMatchObject([
    { kind: "scan", name: "trivy database", import: "miss", export: "saved" },
  ])

  const bundle = await exported(first.caches)
  await emptyVolume()
  const second = await opened(dag.host().directory(bundle, { noCache: true }))
  expect(second.failure).toBeUndefined()
  expect(second.record.volumes).toMatchObject([{ kind: "scan", import: "hit", export: "unchanged" }])

  await emptyVolume()
  const strict = await opened(dag.host().directory(bundle, { noCache: true }), { maxDbAge: 1e-9 })
  expect(strict.record.volumes).toMatchObject([{ import: "hit" }])
  expect(strict.failure, "an imported database is no fresh one").toMatch(/^DATABASE_OUTDATED/)
})
