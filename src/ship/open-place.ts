import type { Run } from "../config/effect.ts"
import type { ShipOptions } from "./context.ts"
import { openDelivery } from "./delivery.ts"
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
