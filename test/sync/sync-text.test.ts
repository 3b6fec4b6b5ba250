import { expect, test } from "vitest"
import { notLive, renderLive } from "../../lib/sync/sync-text.ts"
import { failed, live, waiting } from "../../lib/sync/verdict.ts"
import { COMMIT, REF, WANTED } from "./objects.ts"

const app = { kind: "application" as const, namespace: "argocd", name: "hello" }
const rollout = { kind: "rollout" as const, namespace: "shop", name: "hello" }
const apps = { kind: "kustomization" as const, namespace: "flux-system", name: "apps" }
const patience = { timeout: 600, settle: 15, now: 42 }

test("what is live, since when and how it is known", () => {
  const watched = [{ resource: app, seen: { verdict: live("Synced, Healthy") } }]
  expect(renderLive(watched, 41.7, WANTED)).toBe(`LIVE after 42 s: ${REF}\napplication/argocd/hello: Synced, Healthy`)
  expect(renderLive(watched, 0.2, { commit: COMMIT })).toMatch(`LIVE after 0 s: commit ${COMMIT}\n`)
})

const watched = [
  { resource: app, seen: { verdict: live("Synced, Healthy") } },
  { resource: rollout, seen: { verdict: failed("Degraded at step 1 of 2"), failedSince: 20 } },
  { resource: apps, seen: { verdict: waiting("at no revision") } },
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
  const both = [rollout, apps].map((resource) => ({ resource, seen: { verdict: failed(late), failedSince: 20 } }))
  const { message } = notLive("failed", both, patience)
  expect(message).toContain("has timed out progressing; kustomization/flux-system/apps: not progressing")
  expect(message).toContain("has timed out progressing. What was pushed stays in git")
})
