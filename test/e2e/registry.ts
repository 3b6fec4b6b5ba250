import { randomUUID } from "node:crypto"
import { dag, type Service } from "@dagger.io/dagger"
import { REGISTRY_IMAGE } from "../../src/config/tools.ts"
import { freePort } from "./git-server.ts"
import { toolImage } from "./slipway.ts"

/** A registry of its own in the engine, open to this process too: what it holds is seen over HTTP, not believed. */
export type TestRegistry = {
  service: Service
  port: number
  /** Every repository with its tags and the digests that they point at. */
  snapshot: () => Promise<Record<string, Record<string, string>>>
  manifest: (repository: string, reference: string) => Promise<{ digest: string; body: RegistryManifest }>
}
export type RegistryManifest = { manifests?: { digest: string; platform?: { os: string; architecture: string } }[] }

const CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /registry }, delete: { enabled: true } }
http: { addr: ":5000" }
`

/** Starts an empty distribution registry; call it within a session, which ends it. */
export async function startRegistry(): Promise<TestRegistry> {
  const service = dag
    .container()
    .from(toolImage("REGISTRYIMAGE") ?? REGISTRY_IMAGE)
    .withNewFile("/config.yml", CONFIG)
    .withEnvVariable("INSTANCE", randomUUID())
    .withExposedPort(5000)
    .asService({ args: ["/bin/registry", "serve", "/config.yml"] })
  const port = await freePort()
  service.up({ ports: [{ frontend: port, backend: 5000 }] }).catch(() => {}) // ends with the session
  const base = `http://127.0.0.1:${port}/v2`
  await answers(`${base}/`)
  return {
    service,
    port,
    snapshot: () => snapshot(base),
    manifest: (name, reference) => manifest(base, name, reference),
  }
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await fetch(url).catch(() => undefined))?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  throw new Error(`no registry answered at ${url}`)
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
