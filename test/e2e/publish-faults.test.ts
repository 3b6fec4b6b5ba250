import type { Directory } from "@dagger.io/dagger"
import { beforeAll, beforeEach, expect, test } from "vitest"
import { ALWAYS, type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts"
import { lane } from "./lane.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { imageLayout, LODASH, SECRET } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

let registry: TestRegistry
let silent: { refused: Promise<string>; seconds: Promise<number> }
let [one, two]: Directory[] = []
beforeAll(async () => {
  registry = await startRegistry()
  one = imageLayout({ "linux/amd64": LODASH, "linux/arm64": LODASH })
  two = imageLayout({ "linux/amd64": SECRET })
  silent = await publishToSilence() // while all else is tried: it takes as long as it takes to be sure
})
function publish(path: string, { service }: FaultProxy, image = one as Directory): Promise<string> {
  return slipway({ registryService: service, plainHttp: true }).publish(image, `registry.test:5000/${path}`)
}
async function publishToSilence() {
  const mute = await startFaultProxy(registry.service)
  await mute.inject({ kind: "silence", method: "GET|HEAD", path: /^\/v2\//, times: ALWAYS })
  const began = Date.now()
  const refused = publish("silent", mute).then(String, String)
  return { refused, seconds: refused.then(() => (Date.now() - began) / 1000) }
}
const digestOf = (ref: string) => ref.slice(ref.indexOf("@") + 1)

const STAGES = {
  login: { method: "GET", path: /^\/v2\/$/ },
  "blob upload": { method: "POST", path: /\/blobs\/uploads\// },
  blob: { method: "PUT", path: /\/blobs\/uploads\// },
  manifest: { method: "PUT", path: /\/manifests\/sha256:/ },
  "read back": { method: "GET|HEAD", path: /\/manifests\/sha256:/ },
} satisfies Record<string, Omit<Fault, "kind">>
type Stage = keyof typeof STAGES

/** A proxy with one fault at a time for each group of tests; they mostly wait for a client's retries. */
function behindProxy() {
  let proxy: FaultProxy
  beforeAll(async () => {
    proxy = await startFaultProxy(registry.service)
  })
  beforeEach(() => proxy.inject())
  return {
    publish: (path: string, image?: Directory) => publish(path, proxy, image),
    tag: (ref: string, ...tags: string[]): Promise<string> =>
      slipway({ registryService: proxy.service, plainHttp: true }).registry.tag(ref, tags),
    inject: (fault?: Fault) => proxy.inject(fault),
    hit: () => proxy.hit(),
  }
}

lane("what passes by itself", () =>
  passing([
    { stage: "login", kind: 503 },
    { stage: "login", kind: "reset" },
    { stage: "blob upload", kind: 503, from: 2 },
    { stage: "blob", kind: "reset" },
    { stage: "manifest", kind: 500, from: 2 },
    { stage: "manifest", kind: "reset" },
  ]),
)
for (const stage of ["login", "blob upload", "manifest"] as const) {
  lane("what passes by itself, with time", () => passing([{ stage, kind: 429 }]))
}
lane("what stays", lasting)
lane("a tag", tagged)

function passing(faults: { stage: Stage; kind: Fault["kind"]; from?: number }[]): void {
  const { publish, inject, hit } = behindProxy()
  test.each(faults)("does not stop a push: $kind at $stage", async ({ stage, kind, from }) => {
    const path = `passing/${stage}-${kind}`.replace(" ", "-")
    await inject({ ...STAGES[stage], kind, from })
    const ref = await publish(path)
    expect(await hit()).toBe(1)
    const { digest } = await registry.manifest(path, digestOf(ref))
    expect(digest).toBe(digestOf(ref))
  })
}

function lasting(): void {
  const { publish, inject, hit } = behindProxy()
  test.each<{ stage: Stage; kind: Fault["kind"]; says: RegExp }>([
    { stage: "blob upload", kind: 403, says: /DENIED.*the right to push to the repository/ },
    { stage: "blob upload", kind: 404, says: /NAME_UNKNOWN.*Create lasting\/.* first/ },
    { stage: "manifest", kind: 403, says: /DENIED.*the right to push to the repository/ },
    { stage: "manifest", kind: 503, says: /UNKNOWN: a fault of the test.*Run it again\. Nothing was tagged/ },
    { stage: "login", kind: 403, says: /DENIED/ },
    { stage: "read back", kind: "wrong digest", says: /does not match/ },
  ])("fails a push, and the next run gives the same digest: $kind at $stage", async ({ stage, kind, says }) => {
    const path = `lasting/${stage}-${kind}`.replaceAll(" ", "-")
    await inject({ ...STAGES[stage], kind, times: ALWAYS })
    await expect(publish(path)).rejects.toThrow(new RegExp(`^REGISTRY_FAILED: expected to .*${says.source}`))
    expect((await registry.snapshot())[path] ?? {}).toEqual({})
    expect(await hit()).toBeGreaterThan(0)
    await inject()
    const ref = await publish(path)
    expect(ref).toBe(await publish(path))
    expect((await registry.snapshot())[path]).toEqual({})
  })
}

function tagged(): void {
  const { publish, tag, inject, hit } = behindProxy()
  const path = "tagged"
  let [before, after] = ["", ""]
  beforeAll(async () => {
    await inject()
    before = await publish(path)
    after = await publish(path, two)
    await tag(before, "floating:stable")
  })
  const at = (name: string) => ({ method: "PUT", path: new RegExp(`/manifests/${name}$`) })

  test.each<Fault["kind"]>([503, "reset"])("is written after one %s", async (kind) => {
    await inject({ ...at(`once-${kind}`), kind })
    expect(await tag(before, `once-${kind}`)).toBe(`${before}\n  once-${kind} (created)`)
    expect(await hit()).toBe(1)
    expect((await registry.snapshot())[path]?.[`once-${kind}`]).toBe(digestOf(before))
  })

  // crane tries three times within four seconds, and does not print Retry-After; Slipway's next try comes after that time
  test("is not requested again before the registry's Retry-After", async () => {
    await inject({ ...at("throttled"), kind: 429, seconds: 8 })
    expect(await tag(before, "throttled")).toBe(`${before}\n  throttled (created)`)
    expect(await hit()).toBe(3)
  })

  test("that cannot be written leaves the floating one unchanged, and the next run writes both", async () => {
    await inject({ ...at("v2"), kind: 403, times: ALWAYS })
    await expect(tag(after, "floating:stable", "v1", "v2")).rejects.toThrow(/^REGISTRY_FAILED: expected to tag v2/)
    const { v1, v2, stable } = (await registry.snapshot())[path] ?? {}
    expect({ v1, v2, stable }).toEqual({ v1: digestOf(after), v2: undefined, stable: digestOf(before) })
    await inject()
    expect(await tag(after, "floating:stable", "v1", "v2")).toBe(
      `${after}\n  v1 (unchanged)\n  v2 (created)\n  stable (moved)`,
    )
  })

  test("that is read back at another digest is an error with both digests", async () => {
    await inject({ kind: "wrong digest", method: "HEAD", path: /\/manifests\/v3$/, from: 2, times: 9 })
    const refused = await tag(after, "v3").then(String, String)
    expect(refused).toMatch(/TAG_CONFLICT: .*got v3 at sha256:ba/)
    expect(refused).toContain(after)
  })
}

test.concurrent("a registry that accepts the connection and never responds is an error after a minute, not after an hour", async () => {
  expect(await silent.refused).toMatch(
    /REGISTRY_FAILED: expected to push to registry\.test:5000\/silent, got no answer within 60 s\. Check the registry and the network/,
  )
  expect(await silent.seconds).toBeLessThan(300)
  expect((await registry.snapshot())["silent"]).toBeUndefined()
})
