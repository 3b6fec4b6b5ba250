import { readFileSync } from "node:fs"

import { composeImage, composeIndex } from "./image.mjs"
import { readLayer } from "./layer.mjs"
import { registryAddress } from "./place.mjs"
import { Refusal } from "./say.mjs"

/** The repository of each layer in this run, so that the registry can link it into another one without an upload. */
const seen = new Map()

/** Pushes an image under all its names, unless it exists already; returns the digest of its index. */
export async function serveImage({ names, layers, config }, folderOf) {
  const platforms = Object.entries(layers).map(([architecture, steps]) => {
    const parts = steps.map((step) => readLayer(folderOf(step)))
    return { parts, image: composeImage(architecture, parts, config) }
  })
  const index = composeIndex(platforms.map(({ image }) => image))
  for (const name of names) {
    const [repository, tag] = name.split(":")
    if (await hasManifest(repository, tag, index)) continue
    for (const { parts, image } of platforms) {
      for (const { digest, file } of parts) await putBlob(repository, digest, () => readFileSync(file))
      await putBlob(repository, image.config.descriptor.digest, () => image.config.bytes)
      await putManifest(repository, image.manifest.descriptor.digest, image.manifest)
    }
    await putManifest(repository, tag, index)
  }
  return index.descriptor.digest
}

async function hasManifest(repository, tag, { descriptor }) {
  const headers = { accept: descriptor.mediaType }
  const response = await call("HEAD", `${repository}/manifests/${tag}`, { headers })
  return response.ok && response.headers.get("docker-content-digest") === descriptor.digest
}

async function putBlob(repository, digest, bytes) {
  if ((await call("HEAD", `${repository}/blobs/${digest}`)).ok) {
    seen.set(digest, repository)
    return
  }
  const mount = seen.has(digest) ? `?mount=${digest}&from=${seen.get(digest)}` : ""
  const begun = await call("POST", `${repository}/blobs/uploads/${mount}`)
  if (begun.status !== 201) {
    const location = new URL(expectOk(begun).headers.get("location"), `http://${registryAddress}`)
    location.searchParams.set("digest", digest)
    expectOk(
      await fetch(location, {
        method: "PUT",
        body: bytes(),
        headers: { "content-type": "application/octet-stream" },
        signal: AbortSignal.timeout(300_000),
      }),
    )
  }
  seen.set(digest, repository)
}

async function putManifest(repository, reference, { bytes, descriptor }) {
  const headers = { "content-type": descriptor.mediaType }
  expectOk(await call("PUT", `${repository}/manifests/${reference}`, { headers, body: bytes }))
}

function call(method, where, options = {}) {
  return fetch(`http://${registryAddress}/v2/${where}`, { method, signal: AbortSignal.timeout(60_000), ...options })
}

function expectOk(response) {
  if (!response.ok) throw new Refusal(`the registry returned ${response.status} for ${response.url}`)
  return response
}
