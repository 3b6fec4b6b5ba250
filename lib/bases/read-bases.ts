import { mapConcurrently } from "../engine/concurrency.ts"
import type { DigestRef } from "../oci/reference.ts"
import type { ScanOptions } from "../scan/scan-layout.ts"
import type { VerifyOptions } from "../sign/statements.ts"
import { compareBases } from "./compare.ts"
import { withFixes } from "./fixes.ts"
import { readReleaseBases } from "./release-bases.ts"
import { type ComparedRelease, renderBases, renderBasesJson } from "./text.ts"

type BasesRequest = {
  refs: DigestRef[]
  asJson: boolean
  nodeImage: string
  scan: ScanOptions
  /** The tools and the signer for the registry of an image. */
  signingFor: (ref: DigestRef) => Promise<VerifyOptions & { craneImage: string }>
}

/** Compares the base images of each release with what their tags name now. */
export async function readBases({ refs, asJson, ...request }: BasesRequest): Promise<string> {
  const releases = await mapConcurrently([...new Set(refs)], (ref) => compareRelease(ref, request))
  return (asJson ? renderBasesJson : renderBases)(releases)
}

async function compareRelease(
  ref: DigestRef,
  { nodeImage, scan, signingFor }: Omit<BasesRequest, "refs" | "asJson">,
): Promise<ComparedRelease> {
  const signing = { ...(await signingFor(ref)), moment: "bases" }
  const { source, platforms, bases } = await readReleaseBases(ref, signing)
  const compared = await compareBases(bases, { platforms, nodeImage })
  const moves = await withFixes(compared, { ref, scan, signing })
  return { ref, ...(source.commit && { commit: source.commit }), bases: moves }
}
