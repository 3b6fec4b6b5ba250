import type { Run } from "../config/effect.ts"
import type { Context } from "./context.ts"
import { openPlace } from "./open-place.ts"
import type { Place } from "./place.ts"
import { openRehearsal, rehearsalName } from "./rehearsal.ts"

/** Where each service goes to; one that cannot be opened fails alone. */
export type ServicePlaces = { of: (name: string) => Promise<Place>; close: () => Promise<void> }

type Begun = { name: string; context: Context }

/** Opens all places at once. A rehearsal is one for all: its registry, key and repository stand in once. */
export function openServices(services: Begun[], run: Run): ServicePlaces {
  const [first] = services
  const rehearsed = first?.context.facts.mode === "rehearsal"
  const opened = rehearsed && first ? rehearse(services, first.context, run) : deliver(services, run)
  for (const opening of opened.values()) opening.catch(() => {}) // who waits for it is told
  return {
    of: async (name) => {
      const opening = opened.get(name)
      if (!opening) throw new Error(`no place was opened for ${name}`)
      return await opening
    },
    close: async () => {
      const [one] = opened.values()
      if (rehearsed) await one?.then(({ close }) => close()).catch(() => {})
    },
  }
}

function deliver(services: Begun[], run: Run): Map<string, Promise<Place>> {
  return new Map(services.map(({ name, context }) => [name, openPlace(context.options, run)]))
}

function rehearse(services: Begun[], { options: { tools } }: Context, run: Run): Map<string, Promise<Place>> {
  const opening = openRehearsal(
    run,
    tools,
    services.map(({ name }) => rehearsalName(name)),
  )
  return new Map(
    services.map(({ name }) => [name, opening.then((places) => placeOf(places, rehearsalName(name)))] as const),
  )
}

function placeOf(places: Place[], repository: string): Place {
  const place = places.find((one) => one.repository.name === repository)
  if (!place) throw new Error(`no rehearsal was opened for ${repository}`)
  return place
}
