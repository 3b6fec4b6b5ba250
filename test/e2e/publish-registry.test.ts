import { randomUUID } from "node:crypto"
import { type Directory, dag, type Secret, type Service } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../src/config/effect.ts"
import { CRANE_IMAGE, REGISTRY_IMAGE } from "../../src/config/tools.ts"
import { parseDigestRef } from "../../src/oci/digest-ref.ts"
import { type TagWish, writeTags } from "../../src/publish/push.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { imageLayout, LODASH, SECRET } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { slipway, toolImage } from "./slipway.ts"

useEngine()

let one: Directory
let two: Directory
beforeAll(() => {
  one = imageLayout({ "linux/amd64": LODASH, "linux/arm64": LODASH })
  two = imageLayout({ "linux/amd64": SECRET })
})

type Login = { username?: string; password?: Secret; dockerConfig?: Secret }
function publish(image: Directory, address: string, { service, login = {} }: { service?: Service; login?: Login }) {
  const { username, password, dockerConfig } = login
  return slipway().publish(image, address, username, password, dockerConfig, service, true)
}

function tag(ref: string, wishes: TagWish[], service: Service) {
  const craneImage = toolImage("CRANEIMAGE") ?? CRANE_IMAGE
  return writeTags(parseDigestRef(ref), wishes, { craneImage, access: { service, plainHttp: true }, run: newRun() })
}

describe("an image", () => {
  let registry: TestRegistry
  let ref: string
  beforeAll(async () => {
    registry = await startRegistry()
    ref = await publish(one, "registry.test:5000/team/deep/app", { service: registry.service })
  })

  test("is in the registry by its digest, with all its platforms and without a tag", async () => {
    const [, digest] = ref.match(/^registry\.test:5000\/team\/deep\/app@(sha256:[0-9a-f]{64})$/) ?? []
    const { body } = await registry.manifest("team/deep/app", String(digest))
    expect(body.manifests?.map(({ platform }) => platform?.architecture)).toEqual(["amd64", "arm64"])
    expect((await registry.snapshot())["team/deep/app"] ?? {}).toEqual({})
  })

  test("pushed once more is the same digest", async () => {
    expect(await publish(one, "registry.test:5000/team/deep/app", { service: registry.service })).toBe(ref)
  })

  test("gets tags, and a tag that is there already is success", async () => {
    const wishes = [{ name: "v1", floating: false }]
    expect(await tag(ref, wishes, registry.service)).toEqual([{ name: "v1", change: "created" }])
    expect(await tag(ref, wishes, registry.service)).toEqual([{ name: "v1", change: "unchanged" }])
  })

  test("takes over a floating tag, and no other: then neither is moved", async () => {
    const other = await publish(two, "registry.test:5000/team/deep/app", { service: registry.service })
    await tag(ref, [{ name: "latest", floating: true }], registry.service)
    const both = [
      { name: "v1", floating: false },
      { name: "latest", floating: true },
    ]
    await expect(tag(other, both, registry.service)).rejects.toThrow(/^TAG_CONFLICT: /)
    const digestOf = (reference: string) => reference.slice(reference.indexOf("@") + 1)
    expect((await registry.snapshot())["team/deep/app"]).toEqual({ v1: digestOf(ref), latest: digestOf(ref) })
    expect(await tag(other, [{ name: "latest", floating: true }], registry.service)).toEqual([
      { name: "latest", change: "moved" },
    ])
    expect((await registry.snapshot())["team/deep/app"]?.["latest"]).toBe(digestOf(other))
  })
})

describe("a registry that asks for a login", () => {
  const password = `pw-${randomUUID()}`
  let service: Service
  beforeAll(async () => {
    // https://distribution.github.io/distribution/about/configuration/#htpasswd takes bcrypt alone
    const debian = dag.container().from("golang:1.26").withNewFile("/w/main.go", HTPASSWD).withWorkdir("/w")
    const htpasswd = debian
      .withExec(["go", "mod", "init", "w"])
      .withExec(["go", "get", "golang.org/x/crypto/bcrypt@v0.45.0"])
      .withExec(["go", "run", ".", "robot", password], { redirectStdout: "/htpasswd" })
      .file("/htpasswd")
    service = dag
      .container()
      .from(toolImage("REGISTRYIMAGE") ?? REGISTRY_IMAGE)
      .withFile("/htpasswd", htpasswd)
      .withNewFile("/config.yml", PROTECTED)
      .withExposedPort(5000)
      .asService({ args: ["/bin/registry", "serve", "/config.yml"] })
    await service.start()
  })
  const secret = (value: string) => dag.setSecret(randomUUID(), value)

  test("takes user and password", async () => {
    const login = { username: "robot", password: secret(password) }
    expect(await publish(one, "registry.test:5000/app", { service, login })).toMatch(/@sha256:/)
  })

  test("takes a docker config with a login for each registry", async () => {
    const auths = { "registry.test:5000": { auth: btoa(`robot:${password}`) }, "ghcr.io": { auth: btoa("a:b") } }
    const login = { dockerConfig: secret(JSON.stringify({ auths })) }
    expect(await publish(one, "registry.test:5000/app", { service, login })).toMatch(/@sha256:/)
  })

  test.each([
    { name: "no login", login: () => ({}) },
    { name: "a wrong one", login: () => ({ username: "robot", password: secret("wrong-password") }) },
  ])("refuses $name in a sentence that holds no password", async ({ login }) => {
    const refused = await publish(two, "registry.test:5000/app", { service, login: login() }).catch(String)
    expect(refused).toMatch(/REGISTRY_FAILED: expected to push [\s\S]*login/)
    expect(refused).not.toContain("wrong-password")
  })
})

test("a registry that nobody answers for is an error that says where to look", async () => {
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

const PROTECTED = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway-registry } }
auth: { htpasswd: { realm: test, path: /htpasswd } }
http: { addr: ":5000" }
`
const HTPASSWD = `package main

import (
	"fmt"
	"os"

	"golang.org/x/crypto/bcrypt"
)

func main() {
	hash, err := bcrypt.GenerateFromPassword([]byte(os.Args[2]), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s:%s\\n", os.Args[1], hash)
}
`
