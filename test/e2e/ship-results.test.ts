import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import type { ServiceSettings } from "../../lib/config/services.ts"
import { digestOf, parseRepository } from "../../lib/oci/reference.ts"
import type { CacheOptions } from "../../lib/ship/cache/run-cache.ts"
import { renderRelease } from "../../lib/ship/report/release-text.ts"
import { type Release, requireShipped, ship } from "../../lib/ship/ship.ts"
import type { EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { Severity } from "../../src/enums.ts"
import { accessOf, LIMIT, makeKey, PROTECTED, PULL_REQUEST } from "./cached-build.ts"
import { commitFolder } from "./commit-folder.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

let registry: TestRegistry
let ours: EphemeralKey
let theirs: EphemeralKey
/** The run whose results the others take over, or refuse. */
let first: Release
beforeAll(async () => {
  ;[registry, ours, theirs] = await Promise.all([startRegistry(), makeKey(), makeKey()])
  first = requireShipped(await shipped({ cache: FIRST, key: ours }))
})

/** The cache of the first run. */
const FIRST = "first"

const JOB = ["GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=acme/app", "GITHUB_RUN_ID=7"]
const MAIN = [...PROTECTED, ...JOB]

/** A project of this file's run only, so that no engine has its tests' result yet. */
const ID = randomUUID()
const project = commitFolder({
  ...{ branch: "main", tags: [] },
  files: {
    "package.json": JSON.stringify({ name: "results", scripts: { test: "sh test.sh" } }),
    "package-lock.json": JSON.stringify({ name: ID, lockfileVersion: 3, packages: { "": { name: ID } } }),
    "test.sh": `echo ${ID} && test ! -e fails\n`,
    // the test database has a finding of it, below the default threshold
    "node_modules/minimist/package.json": '{ "name": "minimist", "version": "1.2.0" }',
    Dockerfile: "FROM gcr.io/distroless/static-debian12\nCOPY package.json /\nCOPY node_modules /node_modules\n",
  },
})

/** Another clone of the commit, as on another machine: with other files below .git, and with a change. */
function clone(changes: Record<string, string> = {}): Directory {
  const folder = mkdtempSync(join(tmpdir(), "slipway-results-"))
  const git = (...args: string[]) => execFileSync("git", args, { stdio: "pipe", cwd: folder })
  git("clone", "--quiet", project, ".")
  for (const [path, text] of Object.entries(changes)) writeFileSync(join(folder, path), text)
  return dag.host().directory(folder, { noCache: true })
}

const REPOSITORY = "registry.test:5000/results"

type Run = {
  cache: string
  source?: Directory
  key?: EphemeralKey
  ci?: string[]
  force?: boolean
  more?: Partial<CacheOptions>
  settings?: ServiceSettings
  database?: string
}

/**
 * Ships to an empty registry, which has no release of the commit to go on from; without a key, a rehearsal. The results are
 * in another registry, which all runs share.
 */
async function shipped({ cache, source = clone(), key, ci = MAIN, force = false, ...run }: Run): Promise<Release> {
  const images = await startRegistry()
  const destination = key && {
    ...{ repository: REPOSITORY, registry: accessOf(images), tags: ["v1"] },
    signing: { key: key.key.key, ...(key.key.password && { password: key.key.password }) },
  }
  const call = { flags: { ci, force }, settings: { smoke: false as const, ...run.settings } }
  const database = dag.host().directory(run.database ?? vulnerabilityDbFolder())
  const options = await shipHere(destination ?? {}, database, call)
  const store = { repository: parseRepository(`registry.test:5000/${cache}`), access: accessOf(registry) }
  return await ship(source, { ...options, cache: { store, limit: LIMIT, resultDays: 7, ...run.more } })
}

/** What a run did with the result of its tests, and whether it ran them. */
function resultOf({ record }: Release) {
  const result = record.cache?.results?.find(({ stage }) => stage === "test")
  const takenOver = record.tests && "runners" in record.tests ? record.tests.takenOver : undefined
  return { ...result, takenOver }
}

/** The same for its scan. */
function scanOf({ record }: Release) {
  const result = record.cache?.results?.find(({ stage }) => stage === "scan")
  return { ...result, takenOver: record.scan?.takenOver, found: record.scan?.findings.map(({ id }) => id) }
}

/** What the test database knows of the image. */
const FOUND = { found: ["CVE-2020-7598"] }

/** Gives a cache what the first run wrote: the signed results of tests and scan. */
async function copyFirst(cache: string): Promise<void> {
  const { [FIRST]: tags = {} } = await registry.snapshot()
  for (const tag of Object.keys(tags)) {
    const { config, layers, ...rest } = await manifestOf(FIRST, tag)
    for (const { digest } of [config, ...layers]) {
      const { status } = await upstream(`${cache}/blobs/uploads/?mount=${digest}&from=${FIRST}`, { method: "POST" })
      expect(status).toBe(201)
    }
    await putManifest(cache, tag, { config, layers, ...rest })
  }
}

test("the results of a run are written with its signature", async () => {
  const missing = { import: "missing", export: "written", takenOver: undefined }
  expect(resultOf(first)).toMatchObject(missing)
  expect(scanOf(first)).toMatchObject({ ...missing, ...FOUND })
})

test("tests and scan of a run are not repeated for another clone of the commit, and the record names that run", async () => {
  await copyFirst("twice")
  const second = requireShipped(await shipped({ cache: "twice", key: ours }))
  expect(resultOf(second)).toMatchObject({
    ...{ stage: "test", import: "takenOver", export: "none" },
    takenOver: {
      url: "https://github.com/acme/app/actions/runs/7",
      revision: first.record.source?.revision,
      signer: expect.stringContaining("the public key"),
    },
  })
  expect(second.record.image?.digest).toBe(first.record.image?.digest)
  expect(scanOf(second)).toMatchObject({
    ...{ stage: "scan", import: "takenOver", export: "none", ...FOUND },
    takenOver: { url: "https://github.com/acme/app/actions/runs/7", revision: first.record.source?.revision },
  })
  expect(second.record.attestations?.map(({ type }) => type)).toEqual(
    first.record.attestations?.map(({ type }) => type),
  )
  expect(renderRelease(second.record)).toContain(
    "scanned in run https://github.com/acme/app/actions/runs/7 (taken over",
  )
  expect(second.record.cache?.volumes, "nothing is imported for tests that do not run").toEqual([])
  expect(renderRelease(second.record)).toContain("passed in run https://github.com/acme/app/actions/runs/7 (taken over")

  const signer = { kind: "publicKey" as const, publicKey: ours.publicKey }
  const request = { cache: "twice", ci: PULL_REQUEST, more: { signer, of: REPOSITORY } }
  const rehearsal = requireShipped(await shipped(request))
  expect(resultOf(rehearsal), "in a rehearsal, whose signer the settings name").toMatchObject({ import: "takenOver" })
  const changed = requireShipped(
    await shipped({ ...request, source: clone({ "package.json": '{ "scripts": { "test": "true" } }' }) }),
  )
  expect(resultOf(changed), "and which never writes").toMatchObject({
    ...{ import: "missing", export: "none", takenOver: undefined },
    exportReason: "a pull request reads caches, and never writes them",
  })

  const forced = requireShipped(await shipped({ cache: "twice", key: ours, force: true }))
  expect(resultOf(forced)).toMatchObject({ import: "skipped", export: "written", takenOver: undefined })
})

test("one changed line runs the tests again, and a failure leaves no result", async () => {
  await copyFirst("changed")
  // the image is built and scanned while the tests fail, and that scan may be taken over
  const results = async () => {
    const { changed = {} } = await registry.snapshot()
    return Object.entries(changed).filter(([tag]) => tag.startsWith("test-"))
  }
  const before = await results()
  expect(before).toHaveLength(1)
  const source = () => clone({ fails: "one line\n" })
  const failed = await shipped({ cache: "changed", key: ours, source: source() })
  expect(failed.record).toMatchObject({ ok: false, failure: { code: "TESTS_FAILED" } })
  expect(resultOf(failed)).toMatchObject({ import: "missing", export: "none", takenOver: undefined })
  expect(await results()).toEqual(before)
  const again = await shipped({ cache: "changed", key: ours, source: source() })
  expect(again.record.failure?.code).toBe("TESTS_FAILED")
})

test("an image is not scanned again with the same database, but its findings are judged again", async () => {
  await copyFirst("scanned")
  const strict = await shipped({
    cache: "scanned",
    key: ours,
    settings: { scan: { failOn: { severity: Severity.MEDIUM } } },
  })
  expect(strict.record).toMatchObject({ ok: false, failure: { code: "GATE_FAILED" } })
  expect(scanOf(strict)).toMatchObject({ import: "takenOver", ...FOUND })

  const database = vulnerabilityDbFolder("CVE-2020-7598")
  const newer = requireShipped(await shipped({ cache: "scanned", key: ours, database }))
  expect(scanOf(newer)).toMatchObject({ import: "missing", export: "written", takenOver: undefined, found: [] })
})

test.each<{ name: string; spoil: (cache: string) => Promise<void>; import: string; reason: string }>([
  {
    name: "forged",
    spoil: (cache) => rewrite(cache, { change: (text) => text.replace(/"size": .*/, '"size": 0'), stage: "scan" }),
    ...{ import: "refused", reason: "it has no valid signature by the public key" },
  },
  {
    name: "without its report",
    spoil: async (cache) => {
      const { layers } = await manifestOf(cache, await tagOf(cache, "scan"))
      const { status } = await upstream(`${cache}/blobs/${layers.at(-1)?.digest}`, { method: "DELETE" })
      expect(status).toBe(202)
    },
    ...{ import: "missing", reason: "its download failed" },
  },
])("a scan that is $name does not count: the image is scanned", async ({ name, spoil, reason, ...result }) => {
  const cache = `scan-${name.replaceAll(" ", "-")}`
  await copyFirst(cache)
  await spoil(cache)
  const second = requireShipped(await shipped({ cache, key: ours }))
  const expected = { ...result, reason: expect.stringContaining(reason), export: "written", takenOver: undefined }
  expect(scanOf(second)).toMatchObject({ ...expected, ...FOUND })
  expect(second.record.image?.digest).toBe(first.record.image?.digest)
})

/** What a person can do who may write to the repository of the caches, and has no key. */
async function rewrite(cache: string, { change, signed = true, stage = "test" }: Rewrite): Promise<void> {
  const tag = await tagOf(cache, stage)
  const manifest = await manifestOf(cache, tag)
  const text = change(await (await upstream(`${cache}/blobs/${manifest.config.digest}`)).text())
  const config = { ...manifest.config, ...(await upload(cache, text)) }
  await putManifest(cache, tag, { ...manifest, config, layers: signed ? manifest.layers : [] })
}

async function putManifest(cache: string, tag: string, manifest: OciManifest): Promise<void> {
  const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json" }
  const body = JSON.stringify(manifest)
  const { status } = await upstream(`${cache}/manifests/${tag}`, { method: "PUT", headers, body })
  expect(status).toBe(201)
}

type Rewrite = { change: (text: string) => string; signed?: boolean; stage?: "test" | "scan" }
type OciManifest = { config: { digest: string }; layers: { digest: string }[] }

async function tagOf(cache: string, stage: "test" | "scan"): Promise<string> {
  const { [cache]: tags = {} } = await registry.snapshot()
  return Object.keys(tags).find((name) => name.startsWith(`${stage}-`)) ?? ""
}

async function manifestOf(cache: string, tag: string): Promise<OciManifest> {
  return (await registry.manifest(cache, tag)).body as unknown as OciManifest
}

const upstream = (path: string, request?: RequestInit) => fetch(`http://127.0.0.1:${registry.port}/v2/${path}`, request)

async function upload(cache: string, content: string) {
  const begun = await upstream(`${cache}/blobs/uploads/`, { method: "POST" })
  const place = new URL(begun.headers.get("location") ?? "", `http://127.0.0.1:${registry.port}`)
  place.searchParams.set("digest", digestOf(content))
  expect((await fetch(place, { method: "PUT", body: content })).status).toBe(201)
  return { digest: digestOf(content), size: Buffer.byteLength(content) }
}

test.each<{ name: string; spoil?: (cache: string) => Promise<void>; run?: Partial<Run>; reason: string }>([
  {
    name: "forged",
    spoil: (cache) => rewrite(cache, { change: (text) => text.replace(/"seconds": .*/, '"seconds": 0') }),
    reason: "it has no valid signature by the public key",
  },
  {
    name: "unsigned",
    spoil: (cache) => rewrite(cache, { change: (text) => text, signed: false }),
    reason: "it is not signed",
  },
  { name: "broken", spoil: (cache) => rewrite(cache, { change: () => "{" }), reason: "it has no valid signature" },
  { name: "foreign-signed", reason: "it has no valid signature by the public key" },
  { name: "older than its limit", run: { more: { resultDays: 0 } }, reason: "more than 0 days ago" },
])("a result that is $name does not count: the tests run", async ({ name, spoil, run, reason }) => {
  const cache = name.replaceAll(" ", "-")
  await copyFirst(cache)
  await spoil?.(cache)
  const key = name === "foreign-signed" ? theirs : ours
  const second = requireShipped(await shipped({ cache, key, ...run }))
  expect(resultOf(second)).toMatchObject({
    import: "refused",
    reason: expect.stringContaining(reason),
    takenOver: undefined,
  })
  expect(second.record.image?.digest).toBe(first.record.image?.digest)
  expect(resultOf(second).export, "and its own result replaces it").toBe("written")
})
