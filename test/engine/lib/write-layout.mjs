// write-layout.mjs OUT LAYER-FOLDER... [--env K=V]...: an amd64 image as an OCI layout; prints the manifest's digest.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"

import { composeImage, composeIndex } from "./image.mjs"
import { readLayer } from "./layer.mjs"

const [out, ...words] = process.argv.slice(2)
const layers = []
const Env = []
for (let word = words.shift(); word !== undefined; word = words.shift()) {
  if (word === "--env") Env.push(words.shift())
  else layers.push(readLayer(word))
}

const image = composeImage("amd64", layers, { Env })
const blobs = path.join(out, "blobs")
const fileOf = ({ digest }) => path.join(blobs, digest.replace(":", "/"))
mkdirSync(path.join(blobs, "sha256"), { recursive: true })
for (const layer of layers) copyFileSync(layer.file, fileOf(layer))
for (const { descriptor, bytes } of [image.config, image.manifest]) writeFileSync(fileOf(descriptor), bytes)
writeFileSync(path.join(out, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}')
writeFileSync(path.join(out, "index.json"), composeIndex([image]).bytes)
process.stdout.write(image.manifest.descriptor.digest)
