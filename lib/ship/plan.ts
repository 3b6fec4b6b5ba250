import type { Directory } from "@dagger.io/dagger"
import { newRun } from "../engine/tool.ts"
import { parseBumpOptions } from "../gitops/options.ts"
import { planDelivery } from "../gitops/proposal.ts"
import { type DigestRef, digestRef } from "../oci/reference.ts"
import { renderSigner } from "../sign/signer.ts"
import { planSuite } from "../test/suite.ts"
import { buildSource, startImage } from "./build-source.ts"
import type { ShipOptions } from "./context.ts"
import { openPlace } from "./open-place.ts"
import type { Place } from "./place.ts"
import type { PlannedBump, ReleasePlan } from "./plan-text.ts"
import { plannedTags } from "./planned-tags.ts"
import { bumpSource, requireTags } from "./release-steps.ts"
import { startFacts } from "./ship.ts"
import { inShipsWords } from "./ships-words.ts"
import { imageRecord, sourceRecord } from "./stage-records.ts"

/** What ship would do, to the last digest, which is why the image is built; nothing outside the engine is touched. */
export async function planRelease(source: Directory, options: ShipOptions): Promise<ReleasePlan> {
  const run = newRun()
  const start = startImage(source, options)
  const facts = startFacts(options)
  const naming = plannedTags(start, { options, facts })
  const [place, tests, built, named] = await Promise.all([
    openPlace(options, run, () => naming),
    planTests(source, options),
    inShipsWords(buildSource(source, options, start)),
    naming,
  ])
  try {
    const ref = digestRef(place.repository, built.content.digest)
    const bump = place.bump && (await planOverlay(ref, place, bumpSource(built.revision, options.ci)))
    return {
      mode: place.mode,
      source: sourceRecord(built.revision),
      tests,
      image: imageRecord(built, { repository: place.repository.name }),
      scanner: options.scan.scanner,
      threshold: options.scan.rules.threshold,
      signer: await renderSigner(place.signer),
      tags: await requireTags(built.content.digest, named, { place, options, run }),
      unearned: facts.unearned ?? [],
      ...(bump && { bump }),
    }
  } finally {
    await place.close()
  }
}

async function planTests(source: Directory, { tests }: ShipOptions): Promise<ReleasePlan["tests"]> {
  if (tests === "skip") return []
  const plans = await inShipsWords(planSuite(source, tests))
  return plans.map(({ name, image, commands }) => ({ name, image, commands }))
}

async function planOverlay(
  ref: DigestRef,
  { bump }: Place,
  source: ReturnType<typeof bumpSource>,
): Promise<PlannedBump | undefined> {
  if (!bump) return undefined
  const { context, ...target } = bump
  const request = parseBumpOptions({ ...target, ref, ...source })
  const { diff, proposal } = await inShipsWords(planDelivery(request, context))
  return { repo: context.access.remote.url, branch: target.branch, path: target.path, diff, proposal }
}
