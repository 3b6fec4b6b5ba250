import { CRANE, runTool, TOOL_SECONDS, type ToolResult } from "../engine/tool.ts"
import { type CraneOptions, craneFor, isAbsent } from "../oci/crane.ts"
import { type EntryContent, judgeAttachment, judgeImage } from "../oci/image-content.ts"
import { type Descriptor, parseImageManifest } from "../oci/manifest.ts"
import { normalise, platformText } from "../oci/platform.ts"
import { type Digest, type DigestRef, digestOf, digestRef, splitDigestRef } from "../oci/reference.ts"
import { DOCUMENT_BYTES } from "../oci/strict-json.ts"
import { withMoment } from "./cosign-run.ts"
import { imageUnreadable, manifestMismatch, releaseRefusal, statementsUnreadable } from "./refusal.ts"

/** The tag under which clients list referrers without the API: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema */
export function fallbackTag(ref: DigestRef): string {
  return ref.replace("@sha256:", ":sha256-")
}

export function manifestArgs(ref: DigestRef, access: { plainHttp: boolean }): string[] {
  return ["manifest", ...schemeArgs(access), ref]
}

export function blobArgs(ref: DigestRef, access: { plainHttp: boolean }): string[] {
  return ["blob", ...schemeArgs(access), ref]
}

export function fallbackTagArgs(tag: string, access: { plainHttp: boolean }): string[] {
  return ["digest", ...schemeArgs(access), tag]
}

function schemeArgs({ plainHttp }: { plainHttp: boolean }): string[] {
  return plainHttp ? ["--insecure"] : []
}

/** The manifest's bytes in the registry; refused if they do not hash to the digest. */
export async function readImage(ref: DigestRef, options: CraneOptions): Promise<string> {
  return await readVerified(ref, manifestArgs(ref, options.access), options)
}

/** A small blob, such as an image's config; refused if it does not hash to the digest. */
async function readBlob(ref: DigestRef, options: CraneOptions): Promise<string> {
  return await readVerified(ref, blobArgs(ref, options.access), options)
}

async function readVerified(ref: DigestRef, args: string[], options: CraneOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await crane(ref, args, options)
  if (exitCode !== 0) throw imageUnreadable(ref, stderr)
  const { digest } = splitDigestRef(ref)
  if (digestOf(stdout) !== digest) throw manifestMismatch(ref, digestOf(stdout))
  return stdout
}

/**
 * Whether the registry lists a digest's referrers under a tag, which clients read, change and write. The first signature
 * creates that tag, so `moment` makes a later check another exec.
 */
export async function keepsFallbackTag(
  ref: DigestRef,
  { outcome, ...options }: CraneOptions & { moment: string; outcome?: string },
): Promise<boolean> {
  const { exitCode, stderr } = await crane(ref, fallbackTagArgs(fallbackTag(ref), options.access), options)
  if (exitCode !== 0 && !isAbsent({ stderr })) throw statementsUnreadable(ref, stderr, outcome)
  return exitCode === 0
}

type ImageQuery = CraneOptions & { moment?: string }

async function crane(ref: DigestRef, args: string[], { moment = "any", ...options }: ImageQuery): Promise<ToolResult> {
  const tool = craneFor(splitDigestRef(ref).repository, options).with(withMoment(moment))
  return await runTool(TOOL_SECONDS, tool, [CRANE, ...args])
}

/** An image of the verified index; `faults` are the reasons to refuse it. */
export type IndexImage = { platform: string; digest: Digest; ref: DigestRef; faults: string[] }

/** The platform of an index entry, else that of its config, as in a scan. */
export async function readPlatform(ref: DigestRef, entry: Descriptor, options: CraneOptions): Promise<IndexImage> {
  const { platform, digest } = entry
  if (platform) return { platform: platformText(normalise(platform)), digest, ref, faults: [] }
  const { spec, faults } = judgeImage(await readEntry(ref, entry, options))
  return { platform: spec ? platformText(spec) : "", digest, ref, faults }
}

/** Why an entry annotated as an attestation is not one; empty if it is one. `listed` is every entry of the index. */
export async function attachmentRefusals(
  ref: DigestRef,
  { entry, listed }: { entry: Descriptor; listed: Descriptor[] },
  options: CraneOptions,
): Promise<string[]> {
  return judgeAttachment(await readEntry(ref, entry, options), listed)
}

/** The manifest and the config from the registry; refused if they do not hash to their digests. */
async function readEntry(ref: DigestRef, entry: Descriptor, options: CraneOptions): Promise<EntryContent> {
  const manifest = parseImageManifest(await readImage(ref, options), ref)
  const { size } = manifest.config
  if (size > DOCUMENT_BYTES) throw releaseRefusal(ref, [`its config has ${size} bytes, more than ${DOCUMENT_BYTES}`])
  const { repository } = splitDigestRef(ref)
  return { entry, manifest, config: await readBlob(digestRef(repository, manifest.config.digest), options) }
}
