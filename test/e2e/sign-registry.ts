import { randomUUID } from "node:crypto"
import { dag, type Service } from "@dagger.io/dagger"
import type { Digest } from "../../src/oci/digest.ts"
import { digestOf } from "../../src/oci/digest.ts"
import { type DigestRef, digestRef, splitDigestRef } from "../../src/oci/digest-ref.ts"
import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../src/oci/image-index.ts"
import type { RegistryAccess } from "../../src/oci/registry-access.ts"
import { parseRepository } from "../../src/oci/repository.ts"
import { freePort } from "./git-server.ts"
import { startRegistry } from "./registry.ts"
import type { TinyImage } from "./sign-tiny-image.ts"

/** A registry of one of the two kinds, with what this process sees of it over HTTP. */
export type SignRegistry = {
  port: number
  access: RegistryAccess
  /** Pushes without a tag, as publish does. */
  push: (path: string, image: TinyImage) => Promise<DigestRef>
  /** The digests of all statements about an image, sorted: a registry lists them in any order. */
  statements: (ref: DigestRef) => Promise<Digest[]>
  /** The names of the repository's tags. */
  tags: (ref: DigestRef) => Promise<string[]>
  /** What somebody does who may write to a repository: every statement about one image, put beside another. */
  copyStatements: (from: DigestRef, to: DigestRef) => Promise<void>
}

const HOST = "registry.test:5000"
export const REGISTRIES = [
  { name: "a registry without the referrers API", referrersApi: false },
  { name: "a registry with the referrers API", referrersApi: true },
]

export async function startSignRegistry({ referrersApi }: { referrersApi: boolean }): Promise<SignRegistry> {
  const { service, port } = await (referrersApi ? startReferrersRegistry() : startRegistry())
  const base = `http://127.0.0.1:${port}/v2`
  return {
    port,
    access: { service, plainHttp: true },
    push: (path, image) => push(base, path, image),
    statements: (ref) => statements(base, ref),
    tags: async (ref) => (await json<{ tags?: string[] | null }>(`${base}/${pathOf(ref)}/tags/list`)).tags ?? [],
    copyStatements: (from, to) => copyStatements({ base, from, to, referrersApi }),
  }
}

async function startReferrersRegistry(): Promise<{ service: Service; port: number }> {
  const service = dag
    .container()
    .from("docker.io/slipway-test/referrers-registry:1")
    .withEnvVariable("INSTANCE", randomUUID())
    .withExposedPort(5000)
    .asService({ useEntrypoint: true })
  const port = await freePort()
  service.up({ ports: [{ frontend: port, backend: 5000 }] }).catch(() => {}) // ends with the session
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.ok; tries++) {
    if (tries > 100) throw new Error("the registry with the referrers API did not answer")
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  return { service, port }
}

async function push(base: string, path: string, { index, platforms }: TinyImage): Promise<DigestRef> {
  for (const { manifest, config } of platforms) {
    await putBlob(base, path, config)
    await putManifest(`${base}/${path}/manifests/${digestOf(manifest)}`, manifest, IMAGE_MANIFEST)
  }
  await putManifest(`${base}/${path}/manifests/${digestOf(index)}`, index, IMAGE_INDEX)
  return digestRef(parseRepository(`${HOST}/${path}`), digestOf(index))
}

/** By the API where there is one, else from the tag that a client keeps: the two must not differ for a reader. */
async function statements(base: string, ref: DigestRef): Promise<Digest[]> {
  const { digest } = splitDigestRef(ref)
  const repository = `${base}/${pathOf(ref)}`
  const listed = await fetch(`${repository}/referrers/${digest}`)
  const answer = listed.ok ? listed : await fetch(`${repository}/manifests/${fallback(digest)}`, accepting(IMAGE_INDEX))
  if (answer.status === 404) return []
  const { manifests } = (await answer.json()) as { manifests: { digest: Digest }[] }
  return manifests.map(({ digest }) => digest).sort()
}

type Copy = { base: string; from: DigestRef; to: DigestRef; referrersApi: boolean }

async function copyStatements({ base, from, to, referrersApi }: Copy): Promise<void> {
  const [source, target] = [pathOf(from), pathOf(to)]
  for (const digest of await statements(base, from)) {
    const text = await (await fetch(`${base}/${source}/manifests/${digest}`, accepting(IMAGE_MANIFEST))).text()
    const { config, layers } = JSON.parse(text) as { config: { digest: string }; layers: { digest: string }[] }
    for (const blob of [config, ...layers]) {
      await putBlob(base, target, await (await fetch(`${base}/${source}/blobs/${blob.digest}`)).text())
    }
    await putManifest(`${base}/${target}/manifests/${digest}`, text, IMAGE_MANIFEST)
  }
  if (referrersApi) return
  const tag = (ref: DigestRef) => `${base}/${pathOf(ref)}/manifests/${fallback(splitDigestRef(ref).digest)}`
  await putManifest(tag(to), await (await fetch(tag(from), accepting(IMAGE_INDEX))).text(), IMAGE_INDEX)
}

async function putBlob(base: string, path: string, content: string): Promise<void> {
  const begun = await fetch(`${base}/${path}/blobs/uploads/`, { method: "POST" })
  const location = new URL(begun.headers.get("location") ?? "", base)
  location.searchParams.set("digest", digestOf(content))
  await done(fetch(location, { method: "PUT", body: content }))
}

async function putManifest(url: string, body: string, mediaType: string): Promise<void> {
  await done(fetch(url, { method: "PUT", body, headers: { "content-type": mediaType } }))
}

async function json<T>(url: string): Promise<T> {
  return (await (await done(fetch(url))).json()) as T
}

async function done(answering: Promise<Response>): Promise<Response> {
  const answer = await answering
  if (!answer.ok) throw new Error(`${answer.url}: HTTP ${answer.status} ${await answer.text()}`)
  return answer
}

const accepting = (accept: string) => ({ headers: { accept } })
const fallback = (digest: Digest) => digest.replace(":", "-")
const pathOf = (ref: DigestRef) => splitDigestRef(ref).repository.path
