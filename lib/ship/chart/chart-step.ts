import type { Directory } from "@dagger.io/dagger"
import { readRevision } from "../../config/checkout.ts"
import { newRun } from "../../engine/tool.ts"
import { quote, SlipwayError } from "../../error.ts"
import { parseDigestRef, splitDigestRef } from "../../oci/reference.ts"
import { verifyReleaseAt } from "../../sign/release-verification.ts"
import { signerOf } from "../../sign/signature.ts"
import { PREDICATE_TYPES } from "../../sign/verification.ts"
import type { DeliveryOptions, ShipOptions } from "../context.ts"
import { requirePublicKey } from "../delivery.ts"
import type { ShipTarget } from "../options/options.ts"
import type { ChartRecord } from "../record/record.ts"
import { releaseTags } from "../release-tags.ts"
import { chartLines } from "../report/release-text.ts"
import { releaseRevision } from "../source-image.ts"
import { startStopwatch } from "../stopwatch.ts"
import { type ChartRun, releaseChart } from "./chart.ts"

/** The chart stage of ship alone, for an image that is released already; that is verified first. */
export async function chartResult(
  source: Directory,
  what: ShipTarget,
  { ref: text, service }: { ref: string; service?: string },
) {
  const image = parseDigestRef(text)
  const options = requireChart(optionsOf(what, service))
  const { destination, delivery, tools, ci, defaultBranch } = options
  requireRepository(text, destination.repository.name)
  const run = newRun()
  const { access, chartAccess, key } = delivery
  const cosign = { cosignImage: tools.cosign, craneImage: tools.crane, access, run }
  const [signer, found] = await Promise.all([
    signerOf(key, { ...cosign, ref: image }),
    readRevision(source, tools.kustomize),
  ])
  if (delivery.publicKey) await requirePublicKey(signer, delivery.publicKey)
  const content = { platforms: [], platformTypes: [PREDICATE_TYPES.vuln], provenance: true }
  const { ref } = await verifyReleaseAt(image, { ...cosign, ...content, signer })
  const revision = releaseRevision(found, options)
  const { tags } = releaseTags(options.tags, { mode: "delivery", ci, defaultBranch, ...(revision && { revision }) })
  const { repository, chart: to } = destination
  const chart = to && { chart: { repository: to, access: chartAccess ?? access } }
  const place = { mode: "delivery" as const, repository, access, replicas: [], key, signer, ...chart }
  const facts: ChartRun["facts"] = {}
  const { measure } = startStopwatch()
  const step = { options, run, place: { ...place, close: async () => {} }, facts, measure }
  await releaseChart({ ref, tags, step, ...(revision && { revision }) })
  return chartObject(facts.chart)
}

function chartObject(chart: ChartRecord | undefined) {
  if (!chart) throw new Error("the chart was not released")
  const { repository, digest } = splitDigestRef(parseDigestRef(chart.published))
  const { name, version, published: ref, image } = chart
  return { name, version, ref, digest, repository: repository.name, image, text: `${chartLines(chart).join("\n")}\n` }
}

/** The options of the one image, or of one service. */
export function optionsOf(what: ShipTarget, service?: string): ShipOptions {
  if (what.kind === "image" && service === undefined) return what.options
  const found = what.kind === "services" && service !== undefined ? what.services.get(service) : undefined
  if (found) return found
  const names = what.kind === "services" ? [...what.services.keys()].join(", ") : "none"
  throw new SlipwayError("OPTIONS_INVALID", {
    expected:
      what.kind === "services" ? `--service to be one of ${names}` : "no --service, because slipway.yaml has none",
    got: service === undefined ? "none" : quote(service),
    fix: "Correct --service.",
  })
}

/** A chart is only released with a destination for it and a signer. */
export function requireChart(options: ShipOptions): DeliveryOptions {
  const { chart, destination, delivery, ...others } = options
  if (chart && destination.kind === "delivery" && destination.chart && delivery) {
    return { ...others, chart, destination, delivery }
  }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "chart and repository in slipway.yaml, and a signer",
    got: chart ? "a rehearsal: no repository, no signer, or the job of a pull request" : "no chart",
    fix: "Set chart.path and chart.repository in slipway.yaml, and pass --cosign-key, --kms-key or --identity-token.",
  })
}

/** The access and the signer are those of the settings' repository. */
function requireRepository(ref: string, repository: string): void {
  if (ref.startsWith(`${repository}@`) || ref.startsWith(`${repository}:`)) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `--ref to be an image of ${repository}, the repository in slipway.yaml`,
    got: quote(ref),
    fix: "Pass the reference that ship returned, or correct repository.",
  })
}
