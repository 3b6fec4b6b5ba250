import { expect, test } from "vitest"
import { judge } from "../../lib/sync/judge.ts"
import type { Kind } from "../../lib/sync/resource.ts"
import { APPLICATION, DEPLOYMENT, HELM_RELEASE, KUSTOMIZATION, ROLLOUT, WANTED } from "./objects.ts"

const OBJECTS: Record<Kind, object> = {
  application: APPLICATION,
  kustomization: KUSTOMIZATION,
  helmrelease: HELM_RELEASE,
  rollout: ROLLOUT,
  deployment: DEPLOYMENT,
}
const kinds = Object.keys(OBJECTS) as Kind[]

test.each(kinds)("a live %s is live", (kind) => {
  expect(judge(kind, OBJECTS[kind], WANTED).kind).toBe("live")
})

test.each(kinds)("what is no %s at all has failed, whatever was hoped for", (kind) => {
  for (const other of [undefined, "OK", {}, { kind: "List", items: [OBJECTS[kind]] }]) {
    expect(judge(kind, other, WANTED)).toMatchObject({ kind: "failed", why: expect.stringContaining("something else") })
  }
})

test("the fields that are of another shape are named", () => {
  const verdict = judge("deployment", { ...DEPLOYMENT, spec: { replicas: "two" } }, WANTED)
  expect(verdict).toEqual({
    kind: "failed",
    why: "the API answered something else than such an object: spec.replicas, spec.template",
  })
})
