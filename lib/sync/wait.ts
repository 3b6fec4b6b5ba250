import { setTimeout as sleep } from "node:timers/promises"
import { type Patience, pauseSeconds, type Seen, type Standing, seeAgain, standing } from "./patience.ts"
import type { Resource } from "./resource.ts"
import type { Watched } from "./sync-text.ts"
import type { Verdict } from "./verdict.ts"

/** Time, which a test can make pass faster. In seconds. */
export type Clock = { now: () => number; pause: (seconds: number) => Promise<unknown> }

export const CLOCK: Clock = { now: () => performance.now() / 1000, pause: (seconds) => sleep(seconds * 1000) }

export type Waited = { standing: Exclude<Standing, "looking">; watched: Watched[]; seconds: number }

/** Looks at all resources, again and again, until all are live, one has failed or time is up. What is live stays so. */
export async function waitUntilLive(
  resources: Resource[],
  patience: Patience,
  { look, clock = CLOCK }: { look: (resource: Resource) => Promise<Verdict>; clock?: Clock },
): Promise<Waited> {
  const start = clock.now()
  const known = new Map<Resource, Seen>()
  for (let looks = 1; ; looks++) {
    const pending = resources.filter((resource) => known.get(resource)?.verdict.kind !== "live")
    const verdicts = await Promise.all(pending.map(async (resource) => [resource, await look(resource)] as const))
    const seconds = clock.now() - start
    for (const [resource, verdict] of verdicts) known.set(resource, seeAgain(known.get(resource), verdict, seconds))
    const watched = [...known].map(([resource, seen]) => ({ resource, seen }))
    const seen = [...known.values()]
    const now = standing(seen, seconds, patience)
    if (now !== "looking") return { standing: now, watched, seconds }
    await clock.pause(pauseSeconds(looks, seen, seconds, patience))
  }
}
