// Fills an empty cache volume from an archive, in a container. Arguments: VOLUME, ARCHIVE, DESCRIPTION (JSON).
// Prints the outcome as JSON. The volume is unchanged unless the whole archive is as described.
import { createHash } from "node:crypto"
import { createReadStream, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs"
import { createZstdDecompress } from "node:zlib"
import { STAGING } from "./entries.ts"
import { unpack } from "./unpack.ts"

const [volume, archive, description] = process.argv.slice(2)
process.stdout.write(JSON.stringify(await restore(JSON.parse(description))))

async function restore({ probe, sha256, size, unpacked, files }) {
  const names = readdirSync(volume, { encoding: "latin1" })
  // of an import that was ended in between
  for (const name of names.filter(isStaging)) rmSync(`${volume}/${name}`, { recursive: true, force: true })
  if (names.some((name) => !isStaging(name))) return { status: "warm" }
  if (probe) return { status: "empty" }
  const found = statSync(archive).size
  if (found !== size) return broken(`the archive has ${found} bytes instead of ${size}`)
  if ((await digest(archive)) !== sha256) return broken("the archive is not the one that the bundle describes")
  const staging = mkdtempSync(`${volume}/${STAGING}`)
  try {
    await unpack(createReadStream(archive).pipe(createZstdDecompress()), staging, { unpacked, files })
    for (const name of readdirSync(staging, { encoding: "buffer" })) {
      renameSync(Buffer.concat([Buffer.from(`${staging}/`), name]), Buffer.concat([Buffer.from(`${volume}/`), name]))
    }
    rmdirSync(staging)
    return { status: "restored" }
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    return broken(`the archive has ${error.message}`)
  }
}

function isStaging(name) {
  return name.startsWith(STAGING)
}

function broken(reason) {
  return { status: "broken", reason }
}

async function digest(path) {
  const hash = createHash("sha256")
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest("hex")
}
