import { spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import type { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { REGISTRY_IMAGE } from "../../src/tool-images.ts"
import { freePort } from "./git-server.ts"
import { toolImage } from "./slipway.ts"

/** A registry for the engine and this process, which reads its content over HTTP. */
export type TestRegistry = {
  service: Service
  port: number
  /** Every repository with its tags and their digests. */
  snapshot: () => Promise<Record<string, Record<string, string>>>
  manifest: (repository: string, reference: string) => Promise<{ digest: string; body: RegistryManifest }>
}
export type RegistryManifest = { manifests?: { digest: string; platform?: { os: string; architecture: string } }[] }

type Config = { folder: string; address: string; htpasswd: string } & Wish

/** https://distribution.github.io/distribution/about/configuration/ */
const registryConfig = ({ folder, address, htpasswd, users, deletes = true }: Config) => `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: ${folder} }, delete: { enabled: ${deletes} } }
http: { addr: "${address}" }
${users ? `auth: { htpasswd: { realm: test, path: ${htpasswd} } }\n` : ""}`

/** The program on this machine, if test/engine/up built it. */
const PROGRAM = "slipway-test-registry"
/** Whether the registries run on this machine, where the engine can reach them directly too. */
export const REGISTRY_HERE: boolean = spawnSync("sh", ["-c", 'command -v "$0"', PROGRAM]).status === 0

/** `users` are lines of an htpasswd file; without them, no login is needed. `deletes` enables deletion. */
type Wish = { users?: string; deletes?: boolean }

/**
 * Starts an empty distribution registry; call it within a session. It runs on this machine if the program is there: the
 * engine's tunnel from a port of this machine to a container stops after one write to a closed connection, which concurrent
 * tools cause sooner or later.
 */
export async function startRegistry(wish: Wish = {}): Promise<TestRegistry> {
  const port = await freePort()
  const service = REGISTRY_HERE ? serveHere(port, wish) : serveInEngine(port, wish)
  const base = `http://127.0.0.1:${port}/v2`
  await answers(`${base}/`, wish.users ? 401 : 200)
  return { service, port, ...seen(base) }
}

/** A registry with the referrers API, which keeps everything in memory. */
export async function startReferrersRegistry(): Promise<TestRegistry> {
  const server = dag
    .container()
    .from("docker.io/slipway-test/referrers-registry:1")
    .withEnvVariable("INSTANCE", randomUUID())
    .withExposedPort(5000)
  const service = server.asService({ useEntrypoint: true })
  const port = await freePort()
  service.up({ ports: [{ frontend: port, backend: 5000 }] }).catch(() => {}) // ends with the session
  const base = `http://127.0.0.1:${port}/v2`
  await answers(`${base}/`, 200)
  return { service, port, ...seen(base) }
}

export const REGISTRIES = [
  { name: "a registry without the referrers API", referrersApi: false },
  { name: "a registry with the referrers API", referrersApi: true },
]

/** Set for the files of npm run test:long. */
const LONG_RUN = "SLIPWAY_TEST_LONG"
/**
 * The kind of registry for tests that do not depend on it, or on both but in little: `npm test` runs them on the one without
 * the API, which most registries are like, and `npm run test:long` on the other.
 */
export const REGISTRY_OF_RUN = REGISTRIES.filter(({ referrersApi }) => referrersApi === LONG_RUN in process.env)

export function startRegistryOf({ referrersApi }: { referrersApi: boolean }): Promise<TestRegistry> {
  return referrersApi ? startReferrersRegistry() : startRegistry()
}

function seen(base: string): Pick<TestRegistry, "snapshot" | "manifest"> {
  return { snapshot: () => snapshot(base), manifest: (name, reference) => manifest(base, name, reference) }
}

/** The registry ends with this process, because its input is closed then. */
const UNTIL_THEN = '"$0" serve "$1" & read -r _; kill $!; wait; rm -rf "$2"'

function serveHere(port: number, wish: Wish): Service {
  const folder = mkdtempSync(join(tmpdir(), "slipway-registry-"))
  const [file, htpasswd] = [join(folder, "config.yml"), join(folder, "htpasswd")]
  const place = { folder: join(folder, "data"), address: `127.0.0.1:${port}` }
  writeFileSync(htpasswd, wish.users ?? "")
  writeFileSync(file, registryConfig({ ...place, htpasswd, ...wish }))
  const env = { ...process.env, OTEL_TRACES_EXPORTER: "none" }
  const server = spawn("sh", ["-c", UNTIL_THEN, PROGRAM, file, folder], { stdio: ["pipe", "ignore", "ignore"], env })
  server.unref()
  ;(server.stdin as Socket).unref()
  const tcp = { protocol: NetworkProtocol.Tcp, frontend: 5000, backend: port }
  return dag.host().service([tcp], { host: "127.0.0.1" })
}

function serveInEngine(port: number, wish: Wish): Service {
  const config = registryConfig({ folder: "/registry", address: ":5000", htpasswd: "/htpasswd", ...wish })
  const service = dag
    .container()
    .from(toolImage("REGISTRYIMAGE") ?? REGISTRY_IMAGE)
    .withNewFile("/htpasswd", wish.users ?? "")
    .withNewFile("/config.yml", config)
    .withEnvVariable("INSTANCE", randomUUID())
    .withExposedPort(5000)
    .asService({ args: ["/bin/registry", "serve", "/config.yml"] })
  service.up({ ports: [{ frontend: port, backend: 5000 }] }).catch(() => {}) // ends with the session
  return service
}

async function answers(url: string, status: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await fetch(url).catch(() => undefined))?.status === status) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  throw new Error(`expected a registry with the status ${status} at ${url}, got no such response`)
}

async function snapshot(base: string): Promise<Record<string, Record<string, string>>> {
  const { repositories } = await json<{ repositories: string[] }>(`${base}/_catalog`)
  const entries = repositories.map(async (name) => [name, await tagDigests(base, name)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

async function tagDigests(base: string, name: string): Promise<Record<string, string>> {
  const { tags } = await json<{ tags: string[] | null }>(`${base}/${name}/tags/list`).catch(() => ({ tags: null }))
  const entries = (tags ?? []).map(async (tag) => [tag, (await manifest(base, name, tag)).digest] as const)
  return Object.fromEntries(await Promise.all(entries))
}

async function manifest(base: string, name: string, reference: string) {
  const accept = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ")
  const answer = await fetch(`${base}/${name}/manifests/${reference}`, { headers: { accept } })
  if (!answer.ok) throw new Error(`${name}@${reference}: HTTP ${answer.status}`)
  return { digest: answer.headers.get("docker-content-digest") ?? "", body: (await answer.json()) as RegistryManifest }
}

async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`)
  return (await answer.json()) as T
}
