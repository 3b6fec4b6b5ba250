import { newRun } from "../engine/tool.ts"
import { errorMessage, SlipwayError } from "../error.ts"
import { type DigestRef, digestRef } from "../oci/reference.ts"
import { readAttestedReports } from "../scan/baseline/attested-reports.ts"
import type { Baseline } from "../scan/baseline/comparison.ts"
import type { Context } from "./context.ts"
import type { Place } from "./delivery.ts"

/**
 * Reads the signed reports of the image that the GitOps branch names now, while the new one is built; only for a gate or a
 * preview that needs them, because it takes two execs for each platform. Whatever fails leaves no baseline, so that every finding
 * counts as new.
 */
export async function readBaseline(place: Place, context: Context): Promise<Baseline | undefined> {
  const { scan, preview } = context.options
  if (!scan.rules.onlyNew && !preview) return undefined
  const deployed = deployedImage(place)
  if ("reason" in deployed) return deployed
  return await context.measure("deployed", () => readReports(deployed.ref, { place, context }))
}

type NoBaseline = Extract<Baseline, { kind: "none" }>

/** The one deployed image, or why there is none. Several digests have no common state to compare with. */
export function deployedImage(
  place: Pick<Place, "mode" | "repository" | "deployed" | "bump" | "baseline">,
): { ref: DigestRef } | NoBaseline {
  const { mode, repository, baseline } = place
  if (mode === "rehearsal") return none("a rehearsal has no deployed image")
  if (baseline && "reason" in baseline) return none(baseline.reason)
  const { path, deployed = [] } = baseline ?? { path: place.bump?.path, deployed: place.deployed }
  if (path === undefined) return none("without gitops.repo, no image is known to be deployed")
  const [digest, ...others] = deployed
  if (!digest) return none(`${path} names no digest yet, so no image is deployed`)
  if (others.length > 0) return none(`${path} names several digests: ${deployed.join(", ")}`)
  return { ref: digestRef(repository, digest) }
}

function none(reason: string): NoBaseline {
  return { kind: "none", reason }
}

type ReadContext = { place: Place; context: Context }

/** Not one of the run's other queries about this digest, which may be the new one too. */
async function readReports(ref: DigestRef, { place, context }: ReadContext): Promise<Baseline> {
  const { access, signer } = place
  const { cosign, crane } = context.options.tools
  const options = { access, signer, cosignImage: cosign, craneImage: crane, run: newRun(), moment: "deployed" }
  try {
    return { kind: "image", ref, platforms: await readAttestedReports(ref, options) }
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error
    return none(`the reports of ${ref} could not be read: ${errorMessage(error)}`)
  }
}
