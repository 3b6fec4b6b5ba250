import type { Run } from "../config/effect.ts"
import type { ShipOptions } from "./context.ts"
import { openDelivery } from "./delivery.ts"
import type { Place } from "./place.ts"
import { openRehearsal } from "./rehearsal.ts"

/** Where a run goes to: what the caller named, or what stands in for it. */
export async function openPlace({ destination, delivery, tools }: ShipOptions, run: Run): Promise<Place> {
  if (destination.kind === "rehearsal" || !delivery) return first(await openRehearsal(run, tools))
  return await openDelivery(destination, { input: delivery, run, tools })
}

function first([place]: Place[]): Place {
  if (!place) throw new Error("a rehearsal opened no place")
  return place
}
