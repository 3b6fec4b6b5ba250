import { CRANE, runTool, TOOL_SECONDS, type ToolResult } from "../engine/tool.ts"
import { type CraneOptions, craneFor, isAbsent } from "../oci/crane.ts"
import { type EntryContent, judgeAttachment, judgeImage } from "../oci/image-content.ts"
import { type Descriptor, parseImageManifest } from "../oci/manifest.ts"
import { normalise, platformText } from "../oci/platform.ts"
import { type Digest, type DigestRef, digestOf, digestRef, splitDigestRef } from "../oci/reference.ts"
import { DOCUMENT_BYTES } from "../oci/strict-json.ts"
import { withMoment } from "./cosign-run.ts"
import { imageUnreadable, manifestMismatch, releaseRefusal, statementsUnreadable } from "./refusal.ts"

/** Where a client keeps referrers without the API: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema */
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

/** The manifest's bytes as the registry answers them now: what hashes to another digest was changed since. */
export async function readImage(ref: DigestRef, options: CraneOptions): Promise<string> {
  const answer = await crane(ref, manifestArgs(ref, options.access), options)
  if (answer.exitCode !== 0) throw imageUnreadable(ref, answer.stderr)
  const { digest } = splitDigestRef(ref)
  if (digestOf(answer.stdout) !== digest) throw manifestMismatch(ref, digestOf(answer.stdout))
  return answer.stdout
}

/** A small blob, such as an image's config; what hashes to another digest was changed. */
async function readBlob(ref: DigestRef, options: CraneOptions): Promise<string> {
  const answer = await crane(ref, blobArgs(ref, options.access), options)
  if (answer.exitCode !== 0) throw imageUnreadable(ref, answer.stderr)
  const { digest } = splitDigestRef(ref)
  if (digestOf(answer.stdout) !== digest) throw manifestMismatch(ref, digestOf(answer.stdout))
  return answer.stdout
}

/**
 * True if the registry keeps a digest's signatures under a tag, which writers change by reading it first. The first one
 * makes that tag, so the question at another moment of a run is another exec.
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
  if (size > DOCUMENT_BYTES) throw releaseRefusal(ref, [`its config has ${size} bytes, more than ${DOCUMENT_BYTES}`])
  const { repository } = splitDigestRef(ref)
  return { entry, manifest, config: await readBlob(digestRef(repository, manifest.config.digest), options) }
}
