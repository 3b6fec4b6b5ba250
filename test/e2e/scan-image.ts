import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Directory, dag } from "@dagger.io/dagger"

/** The files of one platform by path, all in one layer. */
export type ImageFiles = Record<string, string>

const MANIFEST = "application/vnd.oci.image.manifest.v1+json"
const INDEX = "application/vnd.oci.image.index.v1+json"

/** Debian 12 with a HIGH finding (libcap2, fixed) and a MEDIUM one (coreutils, unfixed). */
export const DEBIAN: ImageFiles = {
  "etc/debian_version": "12.8\n",
  "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  "var/lib/dpkg/status": [dpkg("libcap2", "1:2.66-4"), dpkg("coreutils", "9.1-1")].join("\n"),
}

/** Alpine 3.9, which is past its end of life, with a CRITICAL (musl) and a MEDIUM finding (openssl). */
export const ALPINE: ImageFiles = {
  "etc/alpine-release": "3.9.4\n",
  "etc/os-release": "ID=alpine\nVERSION_ID=3.9.4\n",
  "lib/apk/db/installed": "P:musl\nV:1.1.20-r4\nA:x86_64\no:musl\n\nP:libssl1.1\nV:1.1.1b-r1\nA:x86_64\no:openssl\n\n",
}

/** A library with a CRITICAL finding, installed the way npm does. */
export const LODASH: ImageFiles = {
  "app/node_modules/lodash/package.json": '{"name":"lodash","version":"4.17.11","license":"MIT"}',
}

/** A token that looks real, joined here so that secret scanners do not report this file. */
export const SECRET: ImageFiles = {
  "app/.netrc": `password ${["ghp", "k3Jx9QwZ7tRv2LmN8sBd4HfY6cGp1TaVuE5o"].join("_")}\n`,
}

/** Writes an image as an OCI layout with one image index, and returns its folder. */
export function writeLayout(platforms: Record<string, ImageFiles>): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-layout-"))
  mkdirSync(join(folder, "blobs/sha256"), { recursive: true })
  const blob = (mediaType: string, content: string | Buffer) => {
    const hex = createHash("sha256").update(content).digest("hex")
    writeFileSync(join(folder, "blobs/sha256", hex), content)
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) }
  }
  const manifests = Object.entries(platforms).map(([platform, files]) => {
    const [os, architecture] = platform.split("/")
    const layer = blob("application/vnd.oci.image.layer.v1.tar", tar(files))
    const rootfs = { type: "layers", diff_ids: [layer.digest] }
    const config = blob("application/vnd.oci.image.config.v1+json", json({ os, architecture, config: {}, rootfs }))
    const manifest = json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] })
    return { ...blob(MANIFEST, manifest), platform: { os, architecture } }
  })
  const index = blob(INDEX, json({ schemaVersion: 2, mediaType: INDEX, manifests }))
  writeFileSync(join(folder, "index.json"), json({ schemaVersion: 2, manifests: [index] }))
  writeFileSync(join(folder, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }))
  return folder
}

/** The layout as a Directory. */
export function imageLayout(platforms: Record<string, ImageFiles>): Directory {
  return dag.host().directory(writeLayout(platforms))
}

function dpkg(name: string, version: string): string {
  return [`Package: ${name}`, "Status: install ok installed", "Architecture: amd64", `Version: ${version}`, ""].join(
    "\n",
  )
}

function json(value: unknown): string {
  return JSON.stringify(value)
}

/** The files as an uncompressed layer. */
export function tar(files: ImageFiles): Buffer {
  const entries = Object.entries(files).flatMap(([path, content]) => [header(path, content), padded(content)])
  return Buffer.concat([...entries, Buffer.alloc(1024)])
}

// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
function header(path: string, content: string): Buffer {
  const bytes = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number) =>
    bytes.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at)
  bytes.write(path)
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(Buffer.byteLength(content), 124, 12)
  octal(0, 136, 12)
  bytes.write("        0", 148)
  bytes.write("ustar\x0000", 257)
  octal(
    bytes.reduce((sum, byte) => sum + byte),
    148,
    7,
  )
  return bytes
}

function padded(content: string): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}
