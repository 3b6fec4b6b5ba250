import type { File, Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { mergeReplicas, parseReplicas } from "../../../lib/ship/options/replica-options.ts"

const [password, dockerConfig, certificate] = [{}, {}, {}] as [Secret, Secret, File]
const main = { username: "robot", password, dockerConfig, plainHttp: true }
const repository = "registry.acme.example/team/app"
const files = { replicaCertificates: new Map([["deploy/ca.pem", certificate]]) }

describe("the access to a replica", () => {
  test.each([
    {
      name: "in another registry has the caller's config.json, and nothing else of the main registry",
      replica: "mirror.acme.example/team/app",
      registry: { dockerConfig },
    },
    {
      name: "in another registry has its own plain HTTP and certificate",
      replica: { repository: "mirror.acme.example/team/app", plainHttp: true, caCertificate: "deploy/ca.pem" },
      registry: { dockerConfig, plainHttp: true, caCertificate: certificate },
    },
    { name: "in the same registry is that of the main one", replica: "registry.acme.example/copy/app", registry: main },
  ])("$name", ({ replica, registry }) => {
    expect(mergeReplicas(main, { replicas: [replica] }, { repository, files })).toEqual([
      { repository: typeof replica === "string" ? replica : replica.repository, registry },
    ])
  })

  test("is needed for none without the setting", () => {
    expect(mergeReplicas(main, {}, { repository })).toEqual([])
  })
})

describe("replicas", () => {
  test("are parsed", async () => {
    const [replica] = await parseReplicas(repository, [{ repository: "mirror.acme.example/app", registry: {} }])
    expect(replica).toEqual({
      repository: { host: "mirror.acme.example", path: "app", name: "mirror.acme.example/app" },
      access: { plainHttp: false },
    })
  })

  test.each([
    { name: "the repository itself", names: [repository], double: repository },
    { name: "one repository twice", names: ["m.example/a", "m.example/a"], double: "m.example/a" },
  ])("refuse $name", async ({ names, double }) => {
    const replicas = names.map((name) => ({ repository: name, registry: {} }))
    await expect(parseReplicas(repository, replicas)).rejects.toThrow(
      `SETTINGS_INVALID: expected replicas to be repositories other than repository, each once, got "${double}" twice`,
    )
  })

  test("refuse a name without a host", async () => {
    await expect(parseReplicas(repository, [{ repository: "acme/app", registry: {} }])).rejects.toThrow(
      "ADDRESS_INVALID",
    )
  })
})
