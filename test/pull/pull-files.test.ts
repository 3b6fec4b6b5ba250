import { expect, test } from "vitest"
import { parse } from "yaml"
import { pullFiles } from "../../lib/pull/pull-files.ts"

const input = { address: "ghcr.io/acme/hello", name: "registry-login", account: "default", mirrors: [] }

test("the ServiceAccount is always there, the rest where it is asked for", () => {
  expect(Object.keys(pullFiles(input))).toEqual(["service-account.yaml"])
  const store = { secretStore: "SecretStore/vault", remoteKey: "registry/ghcr" }
  const files = pullFiles({ ...input, ...store, namespace: "shop", mirrors: ["https://mirror.acme.internal"] })
  expect(Object.keys(files)).toEqual([
    "service-account.yaml",
    "external-secret.yaml",
    "nodes/certs.d/ghcr.io/hosts.toml",
  ])
  const [account, external] = Object.entries(files).map(([name, text]) => name.endsWith(".yaml") && parse(text))
  expect(account).toMatchObject({ metadata: { namespace: "shop" }, imagePullSecrets: [{ name: "registry-login" }] })
  expect(external).toMatchObject({ metadata: { namespace: "shop" }, spec: { target: { name: "registry-login" } } })
})

test("only the account that every namespace has is said to be there already", () => {
  const { "service-account.yaml": shared = "" } = pullFiles(input)
  const { "service-account.yaml": own = "" } = pullFiles({ ...input, account: "puller" })
  expect(shared).toMatch(/^# The namespace has this account already: kubectl apply --server-side .*\napiVersion: v1\n/)
  expect(own).toMatch(/^apiVersion: v1\n/)
})

test.each([
  { change: { account: "Default" }, error: /^OPTIONS_INVALID: expected the ServiceAccount's name/ },
  { change: { name: "a/b" }, error: /^OPTIONS_INVALID: expected the Secret's name/ },
  { change: { address: "ghcr.io/acme/hello:v1" }, error: /^ADDRESS_INVALID/ },
  { change: { remoteKey: "a" }, error: /^OPTIONS_INVALID: expected a secretStore/ },
])("refuses $change", ({ change, error }) => {
  expect(() => pullFiles({ ...input, ...change })).toThrow(error)
})
