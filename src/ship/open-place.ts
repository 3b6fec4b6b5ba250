import type { Run } from "../config/effect.ts"
import type { Context, ShipOptions } from "./context.ts"
import { openDelivery } from "./delivery.ts"
import { fetchTools } from "./image-fetch.ts"
import type { Place } from "./place.ts"
import { openRehearsal, rehearsalName } from "./rehearsal.ts"

/** Where a run goes to: what the caller named, or what stands in for it. */
export async function openPlace({ destination, delivery, tools }: ShipOptions, run: Run): Promise<Place> {
  if (destination.kind === "delivery" && delivery) {
    return await openDelivery(destination, { input: delivery, run, tools })
  }
  const { placeOf } = await openRehearsal(run, tools, [rehearsalName()])
  return placeOf(rehearsalName())
}

/** The same within a run, where several open theirs side by side. */
export async function openInRun(context: Pick<Context, "options" | "run" | "fetchImage">): Promise<Place> {
  await fetchTools(context)
  return await openPlace(context.options, context.run)
}
