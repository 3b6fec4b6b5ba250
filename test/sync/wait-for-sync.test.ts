import { describe, expect, test } from "vitest"
import { failedVerdict, liveVerdict, type Verdict, waitingVerdict } from "../../lib/sync/resource.ts"
import {
  hasFailed,
  notLive,
  observe,
  parsePatience,
  pauseSeconds,
  renderLive,
  waitStatus,
  waitUntilLive,
} from "../../lib/sync/wait-for-sync.ts"
import { COMMIT, REF, WANTED } from "./objects.ts"

describe("patience", () => {
  const patience = { timeout: 600, settle: 15 }
  const LIVE = { verdict: liveVerdict("Healthy") }
  const WAITING = { verdict: waitingVerdict("Progressing") }
  const failing = (failedSince: number) => ({ verdict: failedVerdict("Degraded"), failedSince })

  test("a failure counts from when it was first seen, and anew after it was gone", () => {
    const first = observe(undefined, failedVerdict("Degraded"), 3)
    const again = observe(first, failedVerdict("Degraded, still"), 9)
    expect(again).toEqual({ verdict: failedVerdict("Degraded, still"), failedSince: 3 })
    const better = observe(again, waitingVerdict("Progressing"), 11)
    expect(better).toEqual(WAITING)
    expect(observe(better, failedVerdict("Degraded"), 20)).toEqual(failing(20))
  })

  test.each([
    { name: "all live", seen: [LIVE, LIVE], now: 5, is: "live" },
    { name: "all live at the last look", seen: [LIVE], now: 700, is: "live" },
    { name: "one still on its way", seen: [LIVE, WAITING], now: 599, is: "looking" },
    { name: "time is up", seen: [LIVE, WAITING], now: 600, is: "late" },
    { name: "a failure a moment old", seen: [failing(10)], now: 24, is: "looking" },
    { name: "a failure that stands", seen: [WAITING, failing(10)], now: 25, is: "failed" },
    { name: "a failure a moment old when time is up", seen: [failing(590)], now: 600, is: "late" },
  ])("$name: $is", ({ seen, now, is }) => {
    expect(waitStatus(seen, now, patience)).toBe(is)
  })

  test("without a settle time a failure counts at once", () => {
    expect(hasFailed(failing(5), 5, 0)).toBe(true)
    expect(hasFailed(LIVE, 5, 0)).toBe(false)
  })

  test.each([
    { name: "short at first", looks: 1, seen: [WAITING], now: 0, pause: 2 },
    { name: "growing", looks: 3, seen: [WAITING], now: 5, pause: 4.5 },
    { name: "never long", looks: 99, seen: [WAITING], now: 300, pause: 15 },
    { name: "to the end and no further", looks: 99, seen: [WAITING], now: 597, pause: 3 },
    { name: "to the moment that a failure counts", looks: 99, seen: [failing(100)], now: 110, pause: 5 },
    { name: "never below nothing", looks: 1, seen: [WAITING], now: 601, pause: 0 },
  ])("the pause is $name", ({ looks, seen, now, pause }) => {
    expect(pauseSeconds(looks, seen, now, patience)).toBe(pause)
  })

  test.each([
    { timeout: 0, settle: 15 },
    { timeout: 600, settle: -1 },
  ])("refuses $timeout and $settle seconds", (wrong) => {
    expect(() => parsePatience(wrong)).toThrow(/^OPTIONS_INVALID: expected a timeout of at least one second/)
  })
})

describe("wait", () => {
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
      return says[kind]?.[before] ?? says[kind]?.at(-1) ?? failedVerdict("no such kind")
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
      application: [liveVerdict("Healthy"), failedVerdict("never asked")],
      rollout: [waitingVerdict("Progressing"), waitingVerdict("Paused"), liveVerdict("Healthy")],
    })
    const { standing, watched, seconds } = await waitUntilLive([app, rollout], patience, how)
    expect({ standing, seconds }).toEqual({ standing: "live", seconds: 5 })
    expect(looks).toEqual(["application", "rollout", "rollout", "rollout"])
    expect(watched.map(({ resource }) => resource)).toEqual([app, rollout])
  })

  test("a failure that passes is none", async () => {
    const how = world({
      application: [
        failedVerdict("Degraded"),
        failedVerdict("Degraded"),
        waitingVerdict("Progressing"),
        liveVerdict("Healthy"),
      ],
    })
    expect((await waitUntilLive([app], patience, how)).standing).toBe("live")
  })

  test("a failure that stands ends it when its time has come, not later", async () => {
    const how = world({
      application: [waitingVerdict("Progressing"), failedVerdict("Degraded")],
      rollout: [waitingVerdict("Progressing")],
    })
    const { standing, seconds } = await waitUntilLive([app, rollout], patience, how)
    expect({ standing, seconds }).toEqual({ standing: "failed", seconds: 12 })
  })

  test("it never waits beyond its time, and looks once more at the end", async () => {
    const { looks, ...how } = world({ application: [waitingVerdict("Progressing")] })
    const { standing, seconds } = await waitUntilLive([app], patience, how)
    expect({ standing, seconds, looks: looks.length }).toEqual({ standing: "late", seconds: 60, looks: 9 })
  })
})

describe("sync text", () => {
  const app = { kind: "application" as const, namespace: "argocd", name: "hello" }
  const rollout = { kind: "rollout" as const, namespace: "shop", name: "hello" }
  const apps = { kind: "kustomization" as const, namespace: "flux-system", name: "apps" }
  const patience = { timeout: 600, settle: 15, now: 42 }

  test("what is live, since when and how it is known", () => {
    const watched = [{ resource: app, seen: { verdict: liveVerdict("Synced, Healthy") } }]
    expect(renderLive(watched, 41.7, WANTED)).toBe(`LIVE after 42 s: ${REF}\napplication/argocd/hello: Synced, Healthy`)
    expect(renderLive(watched, 0.2, { commit: COMMIT })).toMatch(`LIVE after 0 s: commit ${COMMIT}\n`)
  })

  const watched = [
    { resource: app, seen: { verdict: liveVerdict("Synced, Healthy") } },
    { resource: rollout, seen: { verdict: failedVerdict("Degraded at step 1 of 2"), failedSince: 20 } },
    { resource: apps, seen: { verdict: waitingVerdict("at no revision") } },
  ]

  test("a failure names what failed, and not what is on its way", () => {
    expect(notLive("failed", watched, patience).message).toBe(
      "SYNC_FAILED: expected rollout/shop/hello to go live within 600 s, got rollout/shop/hello: Degraded at step 1 of 2. " +
        "What was pushed stays in git: see to the cause, or go back by rollback.",
    )
  })

  test("the end of the time names all that are not live, as they were last seen", () => {
    const { message } = notLive("late", watched, patience)
    expect(message).toMatch(
      /^SYNC_TIMEOUT: expected rollout\/shop\/hello, kustomization\/flux-system\/apps to go live within 600 s/,
    )
    expect(message).toContain(
      "got rollout/shop/hello: Degraded at step 1 of 2; kustomization/flux-system/apps: at no revision. That is the last",
    )
  })

  test("a controller's sentences are joined without their full stops", () => {
    const late = 'not progressing: ReplicaSet "hello" has timed out progressing.'
    const both = [rollout, apps].map((resource) => ({
      resource,
      seen: { verdict: failedVerdict(late), failedSince: 20 },
    }))
    const { message } = notLive("failed", both, patience)
    expect(message).toContain("has timed out progressing; kustomization/flux-system/apps: not progressing")
    expect(message).toContain("has timed out progressing. What was pushed stays in git")
  })
})
