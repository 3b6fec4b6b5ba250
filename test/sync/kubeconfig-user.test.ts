import { expect, test } from "vitest"
import { readUser } from "../../lib/sync/kubeconfig-user.ts"

const base64 = (text: string) => Buffer.from(text).toString("base64")
const pair = { "client-certificate-data": base64("certificate"), "client-key-data": base64("key") }

test.each([
  { name: "a token", user: { token: "t" }, identity: { kind: "token", token: "t" } },
  {
    name: "a token beside what it was made by",
    user: { token: "t", tokenFile: "/x" },
    identity: { kind: "token", token: "t" },
  },
  { name: "a certificate", user: pair, identity: { kind: "certificate", certificate: "certificate", key: "key" } },
])("reads $name", ({ user, identity }) => {
  expect(readUser(user)).toEqual(identity)
})

const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "aws", args: ["eks", "get-token"] }
test.each([
  {
    user: { exec },
    error: /got one with exec\. .* program is not run: pass its token by --server and --cluster-token/,
  },
  { user: { "auth-provider": { name: "gcp" } }, error: /got one with auth-provider\. .*--cluster-token/ },
  { user: { tokenFile: "/var/run/token" }, error: /got one with tokenFile\. .*--flatten/ },
  {
    user: { "client-certificate": "/a.crt", "client-key": "/a.key" },
    error: /got one with client-certificate\. .*--flatten/,
  },
  { user: { username: "admin", password: "secret-of-fixture" }, error: /got one with username\. / },
  { user: { token: "t", as: "system:admin" }, error: /got one with as\. Impersonation/ },
  { user: { "client-certificate-data": base64("certificate") }, error: /got one with neither/ },
  { user: {}, error: /got one with neither/ },
])("refuses a user with $user", ({ user, error }) => {
  expect(() => readUser(user)).toThrow(error)
  expect(() => readUser(user)).not.toThrow("secret-of-fixture")
})
