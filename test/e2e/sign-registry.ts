import type { Service } from "@dagger.io/dagger"
import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import {
  type Digest,
  type DigestRef,
  digestOf,
  digestRef,
  parseRepository,
  splitDigestRef,
} from "../../lib/oci/reference.ts"
import type { RegistryAccess } from "../../lib/oci/registry-access.ts"
import { startRegistryOf } from "./registry.ts"
import type { TinyImage } from "./sign-tiny-image.ts"

/** A registry with or without the referrers API, which this process reads over HTTP. */
export type SignRegistry = {
  port: number
  access: RegistryAccess & { service: Service }
  /** Pushes an image without a tag, as publish does. */
  push: (path: string, image: TinyImage) => Promise<DigestRef>
  /** The digests of all statements about an image, sorted. */
  statements: (ref: DigestRef) => Promise<Digest[]>
  /** The Sigstore bundles of those statements. */
  bundles: (ref: DigestRef) => Promise<string[]>
  /** The repository's tags. */
  tags: (ref: DigestRef) => Promise<string[]>
  /** Copies every statement about one image to another, as anyone with write access can. */
  copyStatements: (from: DigestRef, to: DigestRef) => Promise<void>
  /** Adds a bundle to an image, or replaces its statements, in a registry without the referrers API. */
  attach: (ref: DigestRef, bundle: Bundle, how?: { alone: boolean }) => Promise<void>
}
export type Bundle = { content: string; predicateType: string }

const HOST = "registry.test:5000"

export async function startSignRegistry({ referrersApi }: { referrersApi: boolean }): Promise<SignRegistry> {
  const { service, port } = await startRegistryOf({ referrersApi })
  const base = `http://127.0.0.1:${port}/v2`
  return {
    port,
    access: { service, plainHttp: true },
    push: (path, image) => push(base, path, image),
    statements: (ref) => statements(base, ref),
    bundles: (ref) => bundles(base, ref),
    tags: (ref) => tags(base, ref),
    copyStatements: (from, to) => copyStatements({ base, from, to, referrersApi }),
    attach: (ref, bundle, how) => attach(base, ref, { ...bundle, ...how }),
  }
}

async function push(base: string, path: string, { index, platforms }: TinyImage): Promise<DigestRef> {
  for (const { manifest, config } of platforms) {
    await putBlob(base, path, config)
    await putManifest(`${base}/${path}/manifests/${digestOf(manifest)}`, manifest, IMAGE_MANIFEST)
  }
  await putManifest(`${base}/${path}/manifests/${digestOf(index)}`, index, IMAGE_INDEX)
  return digestRef(parseRepository(`${HOST}/${path}`), digestOf(index))
}

/** Lists referrers by the API, else by the fallback tag. */
async function statements(base: string, ref: DigestRef): Promise<Digest[]> {
  const { digest } = splitDigestRef(ref)
  const repository = `${base}/${pathOf(ref)}`
  const listed = await fetch(`${repository}/referrers/${digest}`)
  const answer = listed.ok ? listed : await fetch(`${repository}/manifests/${fallback(digest)}`, accepting(IMAGE_INDEX))
  if (answer.status === 404) return []
  const { manifests } = (await answer.json()) as { manifests: { digest: Digest }[] }
  return manifests.map(({ digest }) => digest).sort()
}

/** One kind of registry does not list a repository without tags. */
async function tags(base: string, ref: DigestRef): Promise<string[]> {
  const answer = await fetch(`${base}/${pathOf(ref)}/tags/list`)
  if (answer.status === 404) return []
  return ((await (await done(Promise.resolve(answer))).json()) as { tags?: string[] | null }).tags ?? []
}

async function bundles(base: string, ref: DigestRef): Promise<string[]> {
  const repository = `${base}/${pathOf(ref)}`
  return await Promise.all(
    (await statements(base, ref)).map(async (digest) => {
      const manifest = await fetch(`${repository}/manifests/${digest}`, accepting(IMAGE_MANIFEST))
      const { layers } = (await manifest.json()) as { layers: { digest: string }[] }
      return await (await fetch(`${repository}/blobs/${layers[0]?.digest}`)).text()
    }),
  )
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

const SIGSTORE_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
const EMPTY = "application/vnd.oci.empty.v1+json"
const ANY_IMAGE = `${IMAGE_INDEX}, ${IMAGE_MANIFEST}`

// https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md, and the tag that clients keep where there is no API
async function attach(base: string, ref: DigestRef, bundle: Bundle & { alone?: boolean }): Promise<void> {
  const { content, predicateType, alone = false } = bundle
  const { digest } = splitDigestRef(ref)
  const path = pathOf(ref)
  const image = await (await fetch(`${base}/${path}/manifests/${digest}`, accepting(ANY_IMAGE))).text()
  await Promise.all([content, "{}"].map((blob) => putBlob(base, path, blob)))
  const described = (mediaType: string, text: string) => ({
    ...{ mediaType, digest: digestOf(text), size: Buffer.byteLength(text) },
  })
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": predicateType,
  }
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType: SIGSTORE_BUNDLE },
    ...{ config: described(EMPTY, "{}"), layers: [described(SIGSTORE_BUNDLE, content)] },
    ...{ subject: described(IMAGE_INDEX, image), annotations },
  })
  await putManifest(`${base}/${path}/manifests/${digestOf(manifest)}`, manifest, IMAGE_MANIFEST)
  const referrer = { ...described(IMAGE_MANIFEST, manifest), artifactType: SIGSTORE_BUNDLE, annotations }
  const list = `${base}/${path}/manifests/${fallback(digest)}`
  const listed = alone ? undefined : await fetch(list, accepting(IMAGE_INDEX))
  const others = listed?.ok ? ((await listed.json()) as { manifests: object[] }).manifests : []
  const index = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [...others, referrer] })
  await putManifest(list, index, IMAGE_INDEX)
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

async function done(answering: Promise<Response>): Promise<Response> {
  const answer = await answering
  if (!answer.ok) throw new Error(`${answer.url}: HTTP ${answer.status} ${await answer.text()}`)
  return answer
}

const accepting = (accept: string) => ({ headers: { accept } })
const fallback = (digest: Digest) => digest.replace(":", "-")
const pathOf = (ref: DigestRef) => splitDigestRef(ref).repository.path
