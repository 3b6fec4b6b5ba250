// Writes an archive again with one time for all its files. Arguments: BLOBS, NAME, SECONDS. Prints its digest and size.
import { retimeLayer } from "./layer.ts"

const [blobs, name, seconds] = process.argv.slice(2)
const archive = { mediaType: "application/gzip", digest: `sha256:${name}` }
const { digest, size } = await retimeLayer(blobs, archive, Number(seconds))
process.stdout.write(JSON.stringify({ digest, size }))
