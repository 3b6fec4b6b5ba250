import { expect, test } from "vitest"
import { parsePullObject } from "../../lib/pull/pull-object.ts"

test("a namespace is optional, and both are names that Kubernetes takes", () => {
  expect(parsePullObject({ name: "registry-login" })).toEqual({ name: "registry-login" })
  expect(parsePullObject({ name: "a", namespace: "shop" })).toEqual({ name: "a", namespace: "shop" })
  expect(() => parsePullObject({ name: "A" })).toThrow("expected the Secret's name as Kubernetes names objects")
  expect(() => parsePullObject({ name: "a", namespace: "" })).toThrow("expected the namespace as Kubernetes")
})
