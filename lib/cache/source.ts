import { type Directory, dag, type File, ReturnType } from "@dagger.io/dagger"
import { CRANE, type Run, readToolResult, within } from "../engine/tool.ts"
import {
  askCrane,
  blobArgs,
  craneFor,
  deleteArgs,
  isAbsent,
  LAYOUT_PATH,
  manifestArgs,
  pushOneArgs,
} from "../oci/crane.ts"
import { blobPath, type Digest, digestOf, digestRef, type Repository } from "../oci/reference.ts"
import { NONROOT, type RegistryAccess } from "../oci/registry-access.ts"
import {
  archiveDigest,
  archiveName,
  BUNDLE_FILE,
  type BundleDocument,
  type BundleEntry,
  type DocumentKind,
  MOST_DESCRIPTION,
  parseManifest,
  renderManifest,
  SIGNATURE_FILE,
} from "./bundle.ts"
import { VOLUME_SECONDS } from "./effects.ts"

/** A bundle as found, before anything of it is believed. */
export type FoundBundle = {
  text: string
  signature?: File
  archive: (blob: Blob) => Promise<File>
  /** The digest of its manifest in a repository. */
  digest?: Digest
}
/** A file that a description names. */
export type Blob = Pick<BundleEntry, "sha256" | "size">
export type BundleSearch = FoundBundle | { none: string }

/** The bundle in a folder. */
export async function findInDirectory(folder: Directory): Promise<BundleSearch> {
  const names = await folder.entries()
  if (!names.includes(BUNDLE_FILE)) return { none: `the directory has no ${BUNDLE_FILE}` }
  const description = folder.file(BUNDLE_FILE)
  if ((await description.size()) > MOST_DESCRIPTION) return { none: `${BUNDLE_FILE} is too large` }
  return {
    text: await description.contents(),
    ...(names.includes(SIGNATURE_FILE) && { signature: folder.file(SIGNATURE_FILE) }),
    archive: async (entry) => {
      const name = archiveName(entry)
      if (names.includes(name)) return folder.file(name)
      throw new Error("its archive is missing in the bundle")
    },
  }
}

export type BundleRepository = { repository: Repository; access: RegistryAccess; craneImage: string; run: Run }

/** A signed document in a repository of caches. */
export type DocumentPlace = { tag: string; kind: DocumentKind }
/** The bundle; its format is part of the tag. */
const BUNDLE: DocumentPlace = { tag: "v1", kind: "bundle" }

/** The bundle, or another document, in a repository. A registry that cannot be read is a missing one: a slower run. */
export async function findInRepository(options: BundleRepository, place = BUNDLE): Promise<BundleSearch> {
  const { repository, access } = options
  const found = await ask(options, manifestArgs(`${repository.name}:${place.tag}`, access))
  if ("failed" in found) return { none: found.failed }
  const manifest = parseManifest(found.stdout, place.kind)
  if (!manifest) return { none: `its manifest is not that of a ${place.kind}` }
  const { description, signature } = manifest
  const [text, signed] = await Promise.all([readText(description, options), signature && readText(signature, options)])
  if ("none" in text) return text
  if (signed && "none" in signed) return signed
  return {
    text: text.text,
    ...(signed && { signature: dag.file(SIGNATURE_FILE, signed.text) }),
    digest: digestOf(found.stdout),
    archive: async (entry) => await downloadArchive(entry, options),
  }
}

type Asked = { stdout: string } | { failed: string }

async function ask(options: BundleRepository, args: string[]): Promise<Asked> {
  const { exitCode, stdout, stderr } = await askCrane(craneFor(options.repository, options), args)
  if (exitCode === 0) return { stdout }
  if (isAbsent({ stderr })) return { failed: `${options.repository.name} has none yet` }
  return { failed: `${options.repository.name} could not be read: ${stderr.trim().split("\n").at(-1) ?? "no answer"}` }
}

async function readText(
  { digest, size }: BundleDocument,
  options: BundleRepository,
): Promise<{ text: string } | { none: string }> {
  if (size > MOST_DESCRIPTION) return { none: "its description is too large" }
  const found = await ask(options, blobArgs(digestRef(options.repository, digest), options.access))
  if ("failed" in found) return { none: found.failed }
  return digestOf(found.stdout) === digest ? { text: found.stdout } : { none: "its description has another digest" }
}

const DOWNLOAD = "/slipway/download"

/** Downloads a file; who reads it verifies size and hash. */
async function downloadArchive(entry: Blob, options: BundleRepository): Promise<File> {
  const ref = digestRef(options.repository, archiveDigest(entry))
  const crane = craneFor(options.repository, options)
    .withDirectory(DOWNLOAD, dag.directory(), { owner: NONROOT })
    .withExec([CRANE, ...blobArgs(ref, options.access)], {
      expect: ReturnType.Any,
      redirectStdout: `${DOWNLOAD}/archive`,
    })
  const { exitCode, stderr } = await within(VOLUME_SECONDS, readToolResult(crane), () => {
    throw new Error(`its download did not end within ${VOLUME_SECONDS} s`)
  })
  if (exitCode === 0) return crane.file(`${DOWNLOAD}/archive`)
  throw new Error(`its download failed: ${stderr.trim().split("\n").at(-1)}`)
}

/** A bundle to write: of the archives, only those that the repository does not have yet have a file. */
export type NewBundle = { text: string; signature?: File; archives: { entry: Blob; file?: File }[] }

/**
 * Pushes a bundle, or another document, as one OCI artifact manifest; blobs that the repository has are not sent again.
 * Returns the manifest's digest.
 */
export async function pushBundle(bundle: NewBundle, options: BundleRepository, place = BUNDLE): Promise<Digest> {
  const { repository, access } = options
  const { layout, digest } = await renderLayout(bundle, place.kind)
  const crane = craneFor(repository, options).withMountedDirectory(LAYOUT_PATH, layout, { owner: NONROOT })
  const { exitCode, stderr } = await askCrane(crane, pushOneArgs(`${repository.name}:${place.tag}`, access))
  if (exitCode !== 0) throw new Error(`${repository.name} did not take it: ${stderr.trim().split("\n").at(-1)}`)
  return digest
}

/**
 * Deletes a bundle that a newer one replaced, so that the registry can remove the archives that no bundle has. One that does
 * not allow that keeps the manifest, without a tag, for its own clean-up.
 */
export async function deleteReplaced(digest: Digest, options: BundleRepository): Promise<void> {
  const { repository, access } = options
  await askCrane(craneFor(repository, options), deleteArgs(digestRef(repository, digest), access)).catch(() => {})
}

async function renderLayout({ text, signature, archives }: NewBundle, kind: DocumentKind) {
  const signed = (await signature?.contents()) ?? ""
  const entries = archives.map(({ entry }) => entry)
  const { manifest, index } = renderManifest({ text, signature: signed, entries }, kind)
  const layout = [text, manifest, ...(signed ? [signed] : [])]
    .reduce((folder, content) => folder.withNewFile(blobPath(digestOf(content)), content), dag.directory())
    .withNewFile("oci-layout", '{"imageLayoutVersion":"1.0.0"}')
    .withNewFile("index.json", index)
  const complete = archives.reduce(
    (folder, { entry, file }) => (file ? folder.withFile(blobPath(archiveDigest(entry)), file) : folder),
    layout,
  )
  return { layout: complete, digest: digestOf(manifest) }
}

/** A bundle as a folder. */
export function bundleDirectory({ text, signature, archives }: NewBundle): Directory {
  const described = dag.directory().withNewFile(BUNDLE_FILE, text)
  const signed = signature ? described.withFile(SIGNATURE_FILE, signature) : described
  return archives.reduce(
    (folder, { entry, file }) => (file ? folder.withFile(archiveName(entry), file) : folder),
    signed,
  )
}
