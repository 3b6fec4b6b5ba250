import { type Directory, dag, type File } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson, readText } from "../config/file.ts"
import { Digest } from "./reference.ts"

const WORK = "/slipway"
const DRAFT = "draft"
/** The files of the program that writes an archive again. */
export const ARCHIVE_PROGRAM = ["archive.mjs", "layer.ts", "tar.ts"]

const Written = z.object({ digest: Digest, size: z.number() })

/** An archive's blob, with its digest and size. */
export type ArchiveBlob = z.infer<typeof Written> & { blob: File }

/** The archive (tar and gzip) with one time for all its files, so that equal files give an equal digest. */
export async function canonicalArchive(
  archive: File,
  { nodeImage, seconds }: { nodeImage: string; seconds: number },
): Promise<ArchiveBlob> {
  const blobs = `${WORK}/blobs`
  const ran = dag
    .container()
    .from(nodeImage)
    .withDirectory(`${WORK}/canonical`, program())
    .withFile(`${blobs}/${DRAFT}`, archive)
    .withExec(["node", `${WORK}/canonical/archive.mjs`, blobs, DRAFT, String(seconds)])
  const { digest, size } = Written.parse(parseJson(await ran.stdout()))
  return { digest, size, blob: ran.file(`${blobs}/${digest.slice("sha256:".length)}`) }
}

function program(): Directory {
  return ARCHIVE_PROGRAM.reduce(
    (folder, name) => folder.withNewFile(name, readText(new URL(`./canonical/${name}`, import.meta.url))),
    dag.directory(),
  )
}
