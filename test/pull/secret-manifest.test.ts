import { expect, test } from "vitest"
import { secretManifest } from "../../lib/pull/secret-manifest.ts"

test("the Secret has the type and the key that the kubelet wants, and the login in base64 on one line", () => {
  const config = JSON.stringify({ auths: { "ghcr.io": { auth: "x".repeat(200) } } })
  expect(secretManifest({ name: "registry-login", namespace: "shop" }, config)).toBe(`apiVersion: v1
kind: Secret
metadata:
  name: registry-login
  namespace: shop
type: kubernetes.io/dockerconfigjson
data:
  .dockerconfigjson: ${Buffer.from(config).toString("base64")}
`)
  expect(secretManifest({ name: "a" }, "{}")).not.toContain("namespace")
})
