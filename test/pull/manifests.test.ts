import { describe, expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import {
  externalSecret,
  parsePullObject,
  parseRemoteLogin,
  type RemoteLogin,
  secretManifest,
  serviceAccount,
} from "../../lib/pull/manifests.ts"
import { complaints, readCrdSchema } from "../crd.ts"

describe("pull object", () => {
  test("requires valid Kubernetes names, and an optional namespace", () => {
    expect(parsePullObject({ name: "registry-login" })).toEqual({ name: "registry-login" })
    expect(parsePullObject({ name: "a", namespace: "shop" })).toEqual({ name: "a", namespace: "shop" })
    expect(() => parsePullObject({ name: "A" })).toThrow("expected the Secret's name as a Kubernetes object name")
    expect(() => parsePullObject({ name: "a", namespace: "" })).toThrow("expected the namespace as a Kubernetes")
  })
})

describe("secret manifest", () => {
  test("renders the Secret with the kubelet's type and key, and the login in base64 on one line", () => {
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
})

describe("service account", () => {
  test("renders a ServiceAccount with the Secret", () => {
    expect(serviceAccount({ name: "registry-login", namespace: "shop" }, "default")).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: "shop" },
      imagePullSecrets: [{ name: "registry-login" }],
    })
    expect(serviceAccount({ name: "a" }, "b")).toMatchObject({ metadata: { name: "b" } })
  })
})

describe("external secret", () => {
  const repository = parseRepository("docker.io/acme/hello")
  const object = { name: "registry-login", namespace: "shop" }
  const whole: RemoteLogin = { store: { kind: "ClusterSecretStore", name: "vault" }, key: "registry/ghcr" }
  const parts: RemoteLogin = { ...whole, properties: { username: "user", password: "token" } }

  test("renders an ExternalSecret for a whole docker config in one key", () => {
    expect(externalSecret(object, repository, whole)).toEqual({
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: object,
      spec: {
        refreshInterval: "1h0m0s",
        secretStoreRef: { kind: "ClusterSecretStore", name: "vault" },
        target: {
          name: "registry-login",
          creationPolicy: "Owner",
          template: {
            type: "kubernetes.io/dockerconfigjson",
            engineVersion: "v2",
            data: { ".dockerconfigjson": "{{ .config }}" },
          },
        },
        data: [{ secretKey: "config", remoteRef: { key: "registry/ghcr" } }],
      },
    })
  })

  test("renders an ExternalSecret for user and password, for this host only", () => {
    expect(externalSecret({ name: "a" }, repository, parts)).toMatchObject({
      metadata: { name: "a" },
      spec: {
        target: {
          template: {
            data: {
              ".dockerconfigjson":
                '{"auths":{"https://index.docker.io/v1/":{"auth":{{ printf "%s:%s" .username .password | b64enc | toJson }}}}}',
            },
          },
        },
        data: [
          { secretKey: "username", remoteRef: { key: "registry/ghcr", property: "user" } },
          { secretKey: "password", remoteRef: { key: "registry/ghcr", property: "token" } },
        ],
      },
    })
  })

  const schema = readCrdSchema("pull/external-secret")

  test.each([whole, parts])("matches the operator's schema", (remote) => {
    expect(complaints(externalSecret(object, repository, remote), schema)).toEqual([])
  })

  test("does not match the operator's schema with a wrong field", () => {
    const wrong = { ...externalSecret(object, repository, whole), spec: { target: { template: { engine: "v1" } } } }
    expect(complaints(wrong, schema)).toEqual(["$.spec.target.template.engine is unknown"])
  })

  test("parses a complete store, or none", () => {
    const store = { secretStore: "ClusterSecretStore/vault", remoteKey: "registry/ghcr" }
    expect(parseRemoteLogin({})).toBeUndefined()
    expect(parseRemoteLogin(store)).toEqual(whole)
    expect(parseRemoteLogin({ ...store, usernameProperty: "user", passwordProperty: "token" })).toEqual(parts)
    expect(parseRemoteLogin({ ...store, secretStore: "SecretStore/a" })?.store.kind).toBe("SecretStore")
  })

  test.each([
    { secretStore: "ClusterSecretStore/vault" },
    { remoteKey: "registry/ghcr" },
    { usernameProperty: "user", passwordProperty: "token" },
    { secretStore: "vault", remoteKey: "registry/ghcr" },
    { secretStore: "ConfigMap/vault", remoteKey: "registry/ghcr" },
    { secretStore: "SecretStore/vault", remoteKey: "registry/ghcr", usernameProperty: "user" },
  ])("refuses an incomplete store: %j", (input) => {
    expect(() => parseRemoteLogin(input)).toThrow(/^OPTIONS_INVALID: expected --secret-store as SecretStore\/NAME/)
    for (const value of Object.values(input)) expect(() => parseRemoteLogin(input)).toThrow(JSON.stringify(value))
  })
})
