import type { Run } from "../engine/tool.ts"
import { bumpTag } from "./bump-tag.ts"
import type { Context, ReleasedImage, ShipOptions } from "./context.ts"
import { openDelivery } from "./delivery.ts"
import { fetchTools } from "./image-fetch.ts"
import type { Place } from "./place.ts"
import { openRehearsal, rehearsalName } from "./rehearsal.ts"

/** Tells what a release is called, for those bumps that write one of its tags. */
export type Naming = () => Promise<Pick<ReleasedImage, "revision" | "tags">>

/** Where a run goes to: what the caller named, or what stands in for it. */
export async function openPlace(options: ShipOptions, run: Run, naming: Naming): Promise<Place> {
  const { destination, delivery, ci, defaultBranch, tools } = options
  if (destination.kind === "delivery" && delivery) {
    const spareTag = async (template?: string) => bumpTag({ template, ci, defaultBranch, ...(await naming()) })
    return await openDelivery(destination, { input: delivery, run, tools, spareTag })
  }
  const { placeOf } = await openRehearsal(run, tools, [rehearsalName()])
  return placeOf(rehearsalName())
}

/** The same within a run, where several open theirs side by side. */
export async function openInRun(
  context: Pick<Context, "options" | "run" | "fetchImage">,
  naming: Naming,
): Promise<Place> {
  await fetchTools(context.fetchImage, context.options.tools)
  return await openPlace(context.options, context.run, naming)
}
