// Packs a cache volume into an archive, in a container. Arguments: VOLUME, ARCHIVE, OPTIONS (JSON).
// Prints the outcome as JSON; a volume with the previous content, or with more than the limit, is not packed.
import { createHash } from "node:crypto"
import { createReadStream, createWriteStream, statSync, writeFileSync } from "node:fs"
import { setPriority } from "node:os"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { constants, createZstdCompress } from "node:zlib"
import { readContent } from "./content.ts"
import { pack } from "./pack.ts"

const LEVEL = 3
const [volume, archive, options] = process.argv.slice(2)
// the stages go first
setPriority(19)
process.stdout.write(JSON.stringify(await save(JSON.parse(options))))

async function save({ previous, limit }) {
  writeFileSync(archive, "")
  try {
    const { digest: content, unpacked, files } = readContent(volume)
    if (files === 0) return { status: "empty" }
    if (content === previous) return { status: "unchanged", content }
    // no archive of caches is smaller than a tenth
    if (unpacked / 10 > limit) return { status: "skipped", reason: `its ${unpacked} bytes are more than fit` }
    const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } })
    await pipeline(Readable.from(pack(volume)), compress, createWriteStream(archive))
    const size = statSync(archive).size
    if (size > limit) {
      writeFileSync(archive, "")
      return { status: "skipped", reason: `its archive of ${size} bytes is larger than ${limit}` }
    }
    return { status: "saved", content, sha256: await digest(archive), size, unpacked, files }
  } catch (error) {
    writeFileSync(archive, "")
    return { status: "skipped", reason: error.message }
  }
}

async function digest(path) {
  const hash = createHash("sha256")
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest("hex")
}
