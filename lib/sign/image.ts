import { CRANE, runTool, TOOL_SECONDS, type ToolResult } from "../engine/tool.ts"
import { type CraneOptions, craneFor, isAbsent } from "../oci/crane.ts"
import { type DigestRef, digestOf, splitDigestRef } from "../oci/reference.ts"
import { imageUnreadable, manifestChanged, statementsUnreadable } from "./refusal.ts"
import { blobArgs, fallbackTag, fallbackTagArgs, manifestArgs } from "./registry-args.ts"
import { withMoment } from "./tool.ts"

/** The manifest's bytes as the registry answers them now: what hashes to another digest was changed since. */
export async function readImage(ref: DigestRef, options: CraneOptions): Promise<string> {
  const answer = await crane(ref, manifestArgs(ref, options.access), options)
  if (answer.exitCode !== 0) throw imageUnreadable(ref, answer.stderr)
  const { digest } = splitDigestRef(ref)
  if (digestOf(answer.stdout) !== digest) throw manifestChanged(ref, digestOf(answer.stdout))
  return answer.stdout
}

/** A small blob, such as an image's config; what hashes to another digest was changed. */
export async function readBlob(ref: DigestRef, options: CraneOptions): Promise<string> {
  const answer = await crane(ref, blobArgs(ref, options.access), options)
  if (answer.exitCode !== 0) throw imageUnreadable(ref, answer.stderr)
  const { digest } = splitDigestRef(ref)
  if (digestOf(answer.stdout) !== digest) throw manifestChanged(ref, digestOf(answer.stdout))
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

type Asking = CraneOptions & { moment?: string }

async function crane(ref: DigestRef, args: string[], { moment = "any", ...options }: Asking): Promise<ToolResult> {
  const tool = craneFor(splitDigestRef(ref).repository, options).with(withMoment(moment))
  return await runTool(TOOL_SECONDS, tool, [CRANE, ...args])
}
