import { randomUUID } from "node:crypto"
import { type Directory, dag, type File, type Secret, type Service } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { commitFolder } from "./commit-folder.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import { REGISTRIES, startRegistry, startRegistryOf, type TestRegistry } from "./registry.ts"
import { imageLayout, LODASH, SECRET } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"
import { startTlsRegistry } from "./tls-registry.ts"

useEngine()

let one: Directory
let two: Directory
beforeAll(() => {
  one = imageLayout({ "linux/amd64": LODASH, "linux/arm64": LODASH })
  two = imageLayout({ "linux/amd64": SECRET })
})

type Login = { username?: string; password?: Secret; dockerConfig?: Secret }
type Way = { service?: Service; login?: Login; plainHttp?: boolean; caCertificate?: File }
function publish(image: Directory, address: string, { service, login = {}, plainHttp = true, caCertificate }: Way) {
  const { username: registryUsername, password: registryPassword, dockerConfig: registryConfig } = login
  const access = { registryUsername, registryPassword, registryConfig, registryService: service }
  return slipway({ ...access, plainHttp, caCertificate }).publish(image, address)
}

function tag(ref: string, tags: string[], { service, source }: { service: Service; source?: Directory }) {
  return slipway({ registryService: service, plainHttp: true }).registry.tag(ref, tags, source)
}

const digestOf = (ref: string) => ref.slice(ref.indexOf("@") + 1)

describe.each(REGISTRIES)("an image in $name", (kind) => {
  let registry: TestRegistry
  let ref: string
  beforeAll(async () => {
    registry = await startRegistryOf(kind)
    ref = await publish(one, "registry.test:5000/team/deep/app", { service: registry.service })
  })

  test("is in the registry by its digest, with all its platforms and without a tag", async () => {
    const [, digest] = ref.match(/^registry\.test:5000\/team\/deep\/app@(sha256:[0-9a-f]{64})$/) ?? []
    const { body } = await registry.manifest("team/deep/app", String(digest))
    expect(body.manifests?.map(({ platform }) => platform?.architecture)).toEqual(["amd64", "arm64"])
    expect((await registry.snapshot())["team/deep/app"] ?? {}).toEqual({})
  })

  test("has the same digest after a second push", async () => {
    expect(await publish(one, "registry.test:5000/team/deep/app", { service: registry.service })).toBe(ref)
  })

  test("is pushed again to a new registry, with the same layout and address", async () => {
    const other = await startRegistryOf(kind)
    expect(await publish(one, "registry.test:5000/team/deep/app", { service: other.service })).toBe(ref)
    expect((await other.manifest("team/deep/app", digestOf(ref))).digest).toBe(digestOf(ref))
  })

  test("gets the tags that its commit earns, and an existing tag at its digest is a success", async () => {
    const { service } = registry
    const source = dag.host().directory(commitFolder({ branch: "main", tags: ["v1.4.2"] }))
    const tags = ["{semver}", "{major}.{minor}", "{branch}", "latest"]
    expect(await tag(ref, tags, { service, source })).toBe(
      `${ref}\n  1.4.2 (created)\n  1.4 (created)\n  main (created)\n  latest (created)`,
    )
    expect(await tag(ref, ["{semver}"], { service, source })).toBe(`${ref}\n  1.4.2 (unchanged)`)
    const at = digestOf(ref)
    expect((await registry.snapshot())["team/deep/app"]).toEqual({ "1.4": at, "1.4.2": at, latest: at, main: at })
  })

  test("moves a floating tag; with a fixed tag of another image, it moves none", async () => {
    const { service } = registry
    const other = await publish(two, "registry.test:5000/team/deep/app", { service })
    const refused = await tag(other, ["1.4.2", "floating:latest"], { service }).then(String, String)
    expect(refused).toContain(
      `TAG_CONFLICT: expected the tag 1.4.2 to be free or at ${other}, got 1.4.2 at ${digestOf(ref)}.`,
    )
    expect((await registry.snapshot())["team/deep/app"]?.["latest"]).toBe(digestOf(ref))
    expect(await tag(other, ["floating:stable"], { service })).toBe(`${other}\n  stable (created)`)
    expect(await tag(ref, ["floating:stable"], { service })).toBe(`${ref}\n  stable (moved)`)
    expect((await registry.snapshot())["team/deep/app"]?.["stable"]).toBe(digestOf(ref))
  })

  test.each([
    {
      name: "a placeholder without a source",
      tags: ["{branch}"],
      error: /^TAG_INVALID: .*from the template "\{branch\}"/,
    },
    { name: "the default tags without a source", tags: [], error: /^TAG_INVALID: .*from the template "\{sha\}"/ },
  ])("gets no tag from $name", async ({ tags, error }) => {
    await expect(tag(ref, tags, { service: registry.service })).rejects.toThrow(error)
  })
})

describe("a registry that requires a login", () => {
  let service: Service
  beforeAll(async () => {
    service = (await startProtectedRegistry()).service
  })
  const secret = (value: string) => dag.setSecret(randomUUID(), value)

  test("accepts user and password", async () => {
    const login = { username: "robot", password: secret(PASSWORD) }
    expect(await publish(one, "registry.test:5000/app", { service, login })).toMatch(/@sha256:/)
  })

  test("accepts a docker config with a login for each registry", async () => {
    const auths = { "registry.test:5000": { auth: btoa(`robot:${PASSWORD}`) }, "ghcr.io": { auth: btoa("a:b") } }
    const login = { dockerConfig: secret(JSON.stringify({ auths })) }
    expect(await publish(one, "registry.test:5000/app", { service, login })).toMatch(/@sha256:/)
  })

  test("prefers user and password to a docker config of the same registry", async () => {
    const auths = { "registry.test:5000": { auth: btoa("robot:old-password") } }
    const login = { username: "robot", password: secret(PASSWORD), dockerConfig: secret(JSON.stringify({ auths })) }
    expect(await publish(one, "registry.test:5000/app", { service, login })).toMatch(/@sha256:/)
  })

  test.each([
    { name: "no login", login: () => ({}) },
    { name: "a wrong password", login: () => ({ username: "robot", password: secret("wrong-password") }) },
    {
      name: "a login for another port",
      login: () => ({ dockerConfig: secret('{"auths":{"registry.test:5001":{"auth":"cm9ib3Q6eA=="}}}') }),
    },
  ])("refuses $name, and the error has no password", async ({ login }) => {
    const refused = await publish(two, "registry.test:5000/app", { service, login: login() }).catch(String)
    expect(refused).toMatch(/REGISTRY_FAILED: expected to push [\s\S]*Pass a login for registry\.test:5000/)
    expect(refused).not.toContain("wrong-password")
    expect(refused).not.toContain("cm9ib3Q6eA==")
  })
})

describe("a registry with a certificate of a private authority", () => {
  let service: Service
  let caCertificate: File
  beforeAll(async () => {
    const { service: started, authority } = await startTlsRegistry("registry.test")
    service = started
    caCertificate = authority
  })
  const access = (rest: { caCertificate?: File }) => ({ service, plainHttp: false, ...rest })

  test("is trusted with the authority's certificate", async () => {
    expect(await publish(one, "registry.test:5000/app", access({ caCertificate }))).toMatch(/@sha256:/)
  })

  test("is not trusted without it", async () => {
    await expect(publish(one, "registry.test:5000/app", access({}))).rejects.toThrow(
      /^REGISTRY_FAILED: .*x509.*--ca-certificate/,
    )
  })

  test("is not reached over plain HTTP without --plain-http", async () => {
    const plain = await startRegistry()
    const secure = { service: plain.service, plainHttp: false }
    await expect(publish(one, "registry.test:5000/app", secure)).rejects.toThrow(/^REGISTRY_FAILED: .*--plain-http/)
  })
})

test("an unreachable registry is an error that says what to check", async () => {
  await expect(publish(one, "nowhere.invalid:5000/app", {})).rejects.toThrow(
    /^REGISTRY_FAILED: expected to push [\s\S]*Check the address/,
  )
})

test.each([
  { address: "acme/app", error: /^ADDRESS_INVALID: expected host\[:port\]\/repository/ },
  { address: "ghcr.io/acme/app:v1", error: /^ADDRESS_INVALID: / },
])("the address $address is refused before anything is pushed", async ({ address, error }) => {
  await expect(publish(one, address, {})).rejects.toThrow(error)
})
