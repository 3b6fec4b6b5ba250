import { expect, test } from "vitest"
import { parseResources, requireTellable, resourceName } from "../../lib/sync/resource.ts"
import { COMMIT, WANTED } from "./objects.ts"

test("a resource is a kind, a namespace and a name", () => {
  const [app, rollout] = parseResources(["application/argocd/hello", "rollout/shop/hello.v2"])
  expect(app).toEqual({ kind: "application", namespace: "argocd", name: "hello" })
  expect(rollout && resourceName(rollout)).toBe("rollout/shop/hello.v2")
})

test.each([
  { name: "no namespace", text: "application/hello" },
  { name: "another kind", text: "statefulset/shop/hello" },
  { name: "a kind of every object", text: "constructor/shop/hello" },
  { name: "a way out of the path", text: "deployment/shop/../secrets" },
  { name: "a query", text: "deployment/shop/hello?watch=1" },
  { name: "a second line", text: "deployment/shop/hello\n" },
  { name: "upper case", text: "Deployment/shop/hello" },
])("refuses $name", ({ text }) => {
  expect(() => parseResources([text])).toThrow(
    `OPTIONS_INVALID: expected KIND/NAMESPACE/NAME with one of application, kustomization, helmrelease, rollout, deployment, got ${JSON.stringify(text)}.`,
  )
})

test("to wait for nothing is refused, since it would always succeed", () => {
  expect(() => parseResources([])).toThrow("OPTIONS_INVALID: expected KIND/NAMESPACE/NAME")
})

const commitOnly = { commit: COMMIT }
const imageOnly = { image: WANTED.image }
test.each([
  { text: "application/a/b", takes: [commitOnly, imageOnly, WANTED], refuses: [{}] },
  { text: "kustomization/a/b", takes: [commitOnly, WANTED], refuses: [{}, imageOnly] },
  { text: "helmrelease/a/b", takes: [imageOnly, WANTED], refuses: [{}, commitOnly] },
  { text: "rollout/a/b", takes: [imageOnly, WANTED], refuses: [{}, commitOnly] },
  { text: "deployment/a/b", takes: [imageOnly, WANTED], refuses: [{}, commitOnly] },
])("$text can show some of what is waited for, and the rest is refused", ({ text, takes, refuses }) => {
  const [resource] = parseResources([text])
  if (!resource) throw new Error("no resource")
  for (const wanted of takes) expect(() => requireTellable(resource, wanted)).not.toThrow()
  for (const wanted of refuses)
    expect(() => requireTellable(resource, wanted)).toThrow(/^OPTIONS_INVALID: .* to wait for/)
})
