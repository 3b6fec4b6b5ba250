import { createHash } from "node:crypto"

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
const oci = (kind) => `application/vnd.oci.image.${kind}`

/** One platform's image from finished layers: config and manifest as bytes, the same for the same layers. */
export function composeImage(architecture, layers, { Env = [], ...config } = {}) {
  const names = new Set(Env.map((entry) => entry.split("=")[0]))
  const configBlob = blob(oci("config.v1+json"), {
    architecture,
    os: "linux",
    ...(architecture === "arm64" && { variant: "v8" }),
    config: { Env: [...(names.has("PATH") ? [] : [PATH]), ...Env], ...config },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ name }) => ({ created_by: name })),
  })
  const manifest = blob(oci("manifest.v1+json"), {
    schemaVersion: 2,
    mediaType: oci("manifest.v1+json"),
    config: configBlob.descriptor,
    layers: layers.map(({ digest, size }) => ({ mediaType: oci("layer.v1.tar+gzip"), digest, size })),
  })
  return { architecture, config: configBlob, manifest }
}

/** The index over one image's platforms; official images are indexes too. */
export function composeIndex(images) {
  return blob(oci("index.v1+json"), {
    schemaVersion: 2,
    mediaType: oci("index.v1+json"),
    manifests: images.map(({ architecture, manifest }) => ({
      ...manifest.descriptor,
      platform: { architecture, os: "linux", ...(architecture === "arm64" && { variant: "v8" }) },
    })),
  })
}

function blob(mediaType, value) {
  const bytes = Buffer.from(JSON.stringify(value))
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`
  return { bytes, descriptor: { mediaType, digest, size: bytes.length } }
}
