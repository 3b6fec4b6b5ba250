import { deferRejection } from "../engine/concurrency.ts"
import type { Run } from "../engine/tool.ts"
import type { Context } from "./context.ts"
import { fetchTools } from "./image-fetch.ts"
import { type Naming, openInRun } from "./open-place.ts"
import type { Place } from "./place.ts"
import { openRehearsal } from "./rehearsal.ts"

/** A service before its run: `open` opens where it goes to, and fails for it alone. */
export type Begun = { name: string; context: Context; open: (naming: Naming) => Promise<Place> }

type Places = { begun: Begun[]; close: () => Promise<void> }

/** The way to each service's place. A rehearsal is one for all: its registry, key and repository stand in once. */
export function servicePlaces(services: Omit<Begun, "open">[], run: Run): Places {
  const [first] = services
  if (!first || first.context.facts.mode === "delivery") {
    const begun = services.map((service) => ({
      ...service,
      open: (naming: Naming) => openInRun(service.context, naming),
    }))
    return { begun, close: async () => {} }
  }
  const repositories = services.map(({ context }) => context.facts.repository)
  const { fetchImage, options } = first.context
  const { tools } = options
  const opening = deferRejection(fetchTools(fetchImage, tools).then(() => openRehearsal(run, tools, repositories)))
  return {
    begun: services.map((service) => ({
      ...service,
      open: async () => (await opening).placeOf(service.context.facts.repository),
    })),
    close: async () => {
      await opening.then(({ close }) => close()).catch(() => {})
    },
  }
}
