import type { CraneOptions } from "../oci/crane.ts"
import { type EntryContent, judgeAttachment, judgeImage } from "../oci/image-content.ts"
import { type Descriptor, parseImageManifest } from "../oci/manifest.ts"
import { normalise, platformText } from "../oci/platform.ts"
import { type Digest, type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { DOCUMENT_BYTES } from "../oci/strict-json.ts"
import { readBlob, readImage } from "./image.ts"
import { releaseRefused } from "./refusal.ts"

/** An image of an index that is verified; `faults` say why it is refused. */
export type IndexImage = { platform: string; digest: Digest; ref: DigestRef; faults: string[] }

/** The platform that an entry of an index is for: its own word, else that of its config, as for the scan. */
export async function readPlatform(ref: DigestRef, entry: Descriptor, options: CraneOptions): Promise<IndexImage> {
  const { platform, digest } = entry
  if (platform) return { platform: platformText(normalise(platform)), digest, ref, faults: [] }
  const { spec, faults } = judgeImage(await readContent(ref, entry, options))
  return { platform: spec ? platformText(spec) : "", digest, ref, faults }
}

/** Why what an index annotates as an attestation is none; nothing if it is one. `listed` is all that the index lists. */
export async function attachmentRefusals(
  ref: DigestRef,
  { entry, listed }: { entry: Descriptor; listed: Descriptor[] },
  options: CraneOptions,
): Promise<string[]> {
  return judgeAttachment(await readContent(ref, entry, options), listed)
}

/** The manifest and the config, as the registry has them: bytes that do not hash to their digests are refused. */
async function readContent(ref: DigestRef, entry: Descriptor, options: CraneOptions): Promise<EntryContent> {
  const manifest = parseImageManifest(await readImage(ref, options), ref)
  const { size } = manifest.config
  if (size > DOCUMENT_BYTES) throw releaseRefused(ref, [`its config has ${size} bytes, more than ${DOCUMENT_BYTES}`])
  const { repository } = splitDigestRef(ref)
  return { entry, manifest, config: await readBlob(digestRef(repository, manifest.config.digest), options) }
}
