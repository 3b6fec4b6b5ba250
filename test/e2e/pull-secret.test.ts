import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { leaks } from "../leak/search.ts"
import { daggerCall } from "./dagger-call.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const ADDRESS = "ghcr.io/acme/hello"
const PASSWORD = "pull-token-of-fixture"
const secret = (value: string) => dag.setSecret(randomUUID(), value)
const auth = (login: string) => ({ auth: Buffer.from(login).toString("base64") })

/** The docker config in a manifest. */
function configIn(manifest: string): unknown {
  const { data, ...rest } = parse(manifest)
  expect(rest).toMatchObject({ kind: "Secret", type: "kubernetes.io/dockerconfigjson" })
  return JSON.parse(Buffer.from(data[".dockerconfigjson"], "base64").toString())
}

test("keeps only the login for the image's host from a docker config", async () => {
  const auths = { "ghcr.io": auth(`robot:${PASSWORD}`), "quay.io": auth("admin:other-of-fixture") }
  const config = secret(JSON.stringify({ auths, credsStore: "desktop" }))
  const manifest = await slipway().cluster.pullSecret(ADDRESS, "ghcr", "shop", undefined, undefined, config)
  const text = await manifest.plaintext()
  expect(parse(text).metadata).toEqual({ name: "ghcr", namespace: "shop" })
  expect(configIn(text)).toEqual({ auths: { "ghcr.io": auths["ghcr.io"] } })
})

test("prefers user and password to a path's entry in the file", async () => {
  const file = secret(JSON.stringify({ auths: { "ghcr.io/acme": auth("old:old-of-fixture") } }))
  const login = ["robot", secret(`${PASSWORD}\n`), file] as const
  const manifest = await slipway().cluster.pullSecret(ADDRESS, undefined, undefined, ...login)
  expect(configIn(await manifest.plaintext())).toEqual({ auths: { "ghcr.io": auth(`robot:${PASSWORD}`) } })
})

test("refuses a Secret without a login", async () => {
  await expect(slipway().cluster.pullSecret(ADDRESS)).rejects.toThrow(
    /^OPTIONS_INVALID: expected --registry-username and --registry-password, or --registry-config/,
  )
  const other = secret(JSON.stringify({ auths: { "quay.io": auth("a:b") } }))
  const call = slipway().cluster.pullSecret(ADDRESS, undefined, undefined, undefined, undefined, other)
  await expect(call).rejects.toThrow(/^OPTIONS_INVALID: expected a login for ghcr\.io .* got logins for quay\.io\./)
})

test("returns the cluster's files in one directory", async () => {
  const store = ["ClusterSecretStore/vault", "registry/ghcr", "user", "token"] as const
  const mirrors = ["https://mirror.acme.internal"]
  const files = await slipway().cluster.pullManifests(ADDRESS, undefined, "shop", undefined, ...store, mirrors)
  expect(await files.glob("**/*.*")).toEqual(
    expect.arrayContaining(["external-secret.yaml", "nodes/certs.d/ghcr.io/hosts.toml", "service-account.yaml"]),
  )
  expect(parse(await files.file("service-account.yaml").contents())).toMatchObject({ metadata: { name: "default" } })
  expect(parse(await files.file("external-secret.yaml").contents())).toMatchObject({ kind: "ExternalSecret" })
})

test("does not show the manifest in the command line's progress", async () => {
  const login = ["--registry-username=robot", "--registry-password=env:PULL_TOKEN"]
  const args = ["-vvvv", "cluster", "pull-secret", `--repository=${ADDRESS}`, ...login, "plaintext"]
  const { code, stdout, stderr } = await daggerCall(args, { env: { PULL_TOKEN: PASSWORD } })
  expect(code, stderr).toBe(0)
  expect(configIn(stdout)).toEqual({ auths: { "ghcr.io": auth(`robot:${PASSWORD}`) } })
  const { auth: joined } = auth(`robot:${PASSWORD}`)
  expect(leaks(stderr, { password: PASSWORD, login: joined })).toEqual([])
})
