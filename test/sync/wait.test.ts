import { expect, test } from "vitest"
import { failed, live, type Verdict, waiting } from "../../lib/sync/verdict.ts"
import { waitUntilLive } from "../../lib/sync/wait.ts"

const app = { kind: "application" as const, namespace: "argocd", name: "hello" }
const rollout = { kind: "rollout" as const, namespace: "shop", name: "hello" }
const patience = { timeout: 60, settle: 10 }

/** Verdicts in turn, the last again and again, on a clock that passes at once. */
function world(says: Record<string, [Verdict, ...Verdict[]]>) {
  let now = 100
  const looks: string[] = []
  const look = async ({ kind }: { kind: string }) => {
    const before = looks.filter((earlier) => earlier === kind).length
    looks.push(kind)
    return says[kind]?.[before] ?? says[kind]?.at(-1) ?? failed("no such kind")
  }
  const clock = {
    now: () => now,
    pause: async (seconds: number) => {
      if (seconds <= 0) throw new Error("a wait without a pause")
      now += seconds
    },
  }
  return { looks, look, clock }
}

test("it looks until all are live, and at what is live no more", async () => {
  const { looks, ...how } = world({
    application: [live("Healthy"), failed("never asked")],
    rollout: [waiting("Progressing"), waiting("Paused"), live("Healthy")],
  })
  const { standing, watched, seconds } = await waitUntilLive([app, rollout], patience, how)
  expect({ standing, seconds }).toEqual({ standing: "live", seconds: 5 })
  expect(looks).toEqual(["application", "rollout", "rollout", "rollout"])
  expect(watched.map(({ resource }) => resource)).toEqual([app, rollout])
})

test("a failure that passes is none", async () => {
  const how = world({ application: [failed("Degraded"), failed("Degraded"), waiting("Progressing"), live("Healthy")] })
  expect((await waitUntilLive([app], patience, how)).standing).toBe("live")
})

test("a failure that stands ends it when its time has come, not later", async () => {
  const how = world({ application: [waiting("Progressing"), failed("Degraded")], rollout: [waiting("Progressing")] })
  const { standing, seconds } = await waitUntilLive([app, rollout], patience, how)
  expect({ standing, seconds }).toEqual({ standing: "failed", seconds: 12 })
})

test("it never waits beyond its time, and looks once more at the end", async () => {
  const { looks, ...how } = world({ application: [waiting("Progressing")] })
  const { standing, seconds } = await waitUntilLive([app], patience, how)
  expect({ standing, seconds, looks: looks.length }).toEqual({ standing: "late", seconds: 60, looks: 9 })
})
