import { expect, test } from "vitest"
import { serviceAccount } from "../../lib/pull/service-account.ts"

test("its pods pull by the Secret", () => {
  expect(serviceAccount({ name: "registry-login", namespace: "shop" }, "default")).toEqual({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "shop" },
    imagePullSecrets: [{ name: "registry-login" }],
  })
  expect(serviceAccount({ name: "a" }, "b")).toMatchObject({ metadata: { name: "b" } })
})
