import { describe, expect, test } from "vitest"
import {
  blockedVerdict,
  failedVerdict,
  liveVerdict,
  retryingVerdict,
  type Verdict,
  waitingVerdict,
} from "../../lib/sync/resource.ts"
import {
  failureKind,
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

  test("counts a failure from its first read, and again after a recovery", () => {
    const first = observe(undefined, failedVerdict("Degraded"), 3)
    const again = observe(first, failedVerdict("Degraded, still"), 9)
    expect(again).toEqual({ verdict: failedVerdict("Degraded, still"), failedSince: 3 })
    const better = observe(again, waitingVerdict("Progressing"), 11)
    expect(better).toEqual(WAITING)
    expect(observe(better, failedVerdict("Degraded"), 20)).toEqual(failing(20))
  })

  test("counts a failure from its first read if all that came between are attempts to repeat it", () => {
    const again = observe(failing(3), retryingVerdict("Progressing"), 20)
    expect(again).toEqual({ verdict: retryingVerdict("Progressing"), failedSince: 3 })
    expect(waitStatus([again], 25, patience)).toBe("looking") // it may succeed now
    expect(pauseSeconds(1, [again], 25, patience)).toBe(2)
    expect(observe(again, failedVerdict("Degraded"), 26)).toEqual(failing(3))
    expect(waitStatus([failing(3)], 26, patience)).toBe("failed")
    expect(observe(undefined, retryingVerdict("Progressing"), 3)).toEqual({ verdict: retryingVerdict("Progressing") })
  })

  test.each([
    { name: "all live", seen: [LIVE, LIVE], now: 5, is: "live" },
    { name: "all live after the timeout", seen: [LIVE], now: 700, is: "live" },
    { name: "one still waiting", seen: [LIVE, WAITING], now: 599, is: "looking" },
    { name: "one waiting at the timeout", seen: [LIVE, WAITING], now: 600, is: "late" },
    { name: "a new failure", seen: [failing(10)], now: 24, is: "looking" },
    { name: "a persistent failure", seen: [WAITING, failing(10)], now: 25, is: "failed" },
    { name: "a new failure at the timeout", seen: [failing(590)], now: 600, is: "late" },
  ])("decides $is for $name", ({ seen, now, is }) => {
    expect(waitStatus(seen, now, patience)).toBe(is)
  })

  const blocked = (failedSince: number) => ({ verdict: blockedVerdict("HTTP 401"), failedSince })

  test("counts what is blocked from its first read, as a failure", () => {
    expect(observe(observe(undefined, blocked(3).verdict, 3), blocked(3).verdict, 9)).toEqual(blocked(3))
    expect(waitStatus([blocked(10)], 25, patience)).toBe("failed")
  })

  test.each([
    { name: "a release that failed", seen: [LIVE, failing(3)], kind: "failed" },
    { name: "a cluster that does not tell", seen: [LIVE, blocked(3)], kind: "blocked" },
    { name: "both", seen: [blocked(3), failing(3)], kind: "failed" },
    {
      name: "a cluster that does not tell, and a failure that does not count yet",
      seen: [blocked(3), failing(15)],
      kind: "blocked",
    },
  ])("is ended as $kind by $name", ({ seen, kind }) => {
    expect(failureKind(seen, 20, patience.settle)).toBe(kind)
  })

  test("counts a failure at once without a settle time", () => {
    expect(hasFailed(failing(5), 5, 0)).toBe(true)
    expect(hasFailed(LIVE, 5, 0)).toBe(false)
  })

  test.each([
    { name: "of two seconds at first", looks: 1, seen: [WAITING], now: 0, pause: 2 },
    { name: "that grows", looks: 3, seen: [WAITING], now: 5, pause: 4.5 },
    { name: "of at most 15 seconds", looks: 99, seen: [WAITING], now: 300, pause: 15 },
    { name: "until the timeout", looks: 99, seen: [WAITING], now: 597, pause: 3 },
    { name: "until a failure counts", looks: 99, seen: [failing(100)], now: 110, pause: 5 },
    { name: "of at least zero", looks: 1, seen: [WAITING], now: 601, pause: 0 },
  ])("computes a pause $name", ({ looks, seen, now, pause }) => {
    expect(pauseSeconds(looks, seen, now, patience)).toBe(pause)
  })

  test.each([
    { timeout: 0, settle: 15 },
    { timeout: 600, settle: -1 },
  ])("refuses $timeout and $settle seconds", (wrong) => {
    expect(() => parsePatience(wrong)).toThrow(/^OPTIONS_INVALID: expected --timeout above 0/)
  })
})

describe("wait", () => {
  const app = { kind: "application" as const, namespace: "argocd", name: "hello" }
  const rollout = { kind: "rollout" as const, namespace: "shop", name: "hello" }
  const patience = { timeout: 60, settle: 10 }

  /** Returns the verdicts in turn and then the last one, on a clock without real pauses. */
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

  test("reads until all are live, and does not read a live resource again", async () => {
    const { looks, ...how } = world({
      application: [liveVerdict("Healthy"), failedVerdict("never read")],
      rollout: [waitingVerdict("Progressing"), waitingVerdict("Paused"), liveVerdict("Healthy")],
    })
    const { standing, watched, seconds } = await waitUntilLive([app, rollout], patience, how)
    expect({ standing, seconds }).toEqual({ standing: "live", seconds: 5 })
    expect(looks).toEqual(["application", "rollout", "rollout", "rollout"])
    expect(watched.map(({ resource }) => resource)).toEqual([app, rollout])
  })

  test("ignores a temporary failure", async () => {
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

  test("stops at a persistent failure as soon as it counts", async () => {
    const how = world({
      application: [waitingVerdict("Progressing"), failedVerdict("Degraded")],
      rollout: [waitingVerdict("Progressing")],
    })
    const { standing, seconds } = await waitUntilLive([app, rollout], patience, how)
    expect({ standing, seconds }).toEqual({ standing: "failed", seconds: 12 })
  })

  test("stops at the timeout after a last read", async () => {
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

  test("renders a live release with its time and each resource's state", () => {
    const resources = [{ name: "application/argocd/hello", state: "live" as const, text: "Synced, Healthy" }]
    expect(renderLive({ resources, seconds: 41.7, wanted: WANTED })).toBe(
      `LIVE after 42 s: ${REF}\napplication/argocd/hello: Synced, Healthy`,
    )
    expect(renderLive({ resources, seconds: 0.2, wanted: { commit: COMMIT } })).toMatch(
      `LIVE after 0 s: commit ${COMMIT}\n`,
    )
  })

  const watched = [
    { resource: app, seen: { verdict: liveVerdict("Synced, Healthy") } },
    { resource: rollout, seen: { verdict: failedVerdict("Degraded at step 1 of 2"), failedSince: 20 } },
    { resource: apps, seen: { verdict: waitingVerdict("at no revision") } },
  ]

  test("names only failed resources after a failure", () => {
    expect(notLive("failed", watched, patience).message).toBe(
      "SYNC_FAILED: expected rollout/shop/hello to go live within 600 s, got rollout/shop/hello: Degraded at step 1 of 2. " +
        "Fix the cause, or run gitops rollback: the commit stays in git.",
    )
  })

  test("names all resources that are not live after the timeout", () => {
    const { message } = notLive("late", watched, patience)
    expect(message).toMatch(
      /^SYNC_TIMEOUT: expected rollout\/shop\/hello, kustomization\/flux-system\/apps to go live within 600 s/,
    )
    expect(message).toContain(
      "got rollout/shop/hello: Degraded at step 1 of 2; kustomization/flux-system/apps: at no revision. Raise wait.timeout in slipway.yaml (alone: --timeout)",
    )
  })

  test("joins controllers' messages without their full stops", () => {
    const late = 'not progressing: ReplicaSet "hello" has timed out progressing.'
    const both = [rollout, apps].map((resource) => ({
      resource,
      seen: { verdict: failedVerdict(late), failedSince: 20 },
    }))
    const { message } = notLive("failed", both, patience)
    expect(message).toContain("has timed out progressing; kustomization/flux-system/apps: not progressing")
    expect(message).toContain("has timed out progressing. Fix the cause, or run gitops rollback")
  })
})
