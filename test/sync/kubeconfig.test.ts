import { expect, test } from "vitest"
import { parseKubeconfig } from "../../lib/sync/kubeconfig.ts"

const base64 = (text: string) => Buffer.from(text).toString("base64")
const AUTHORITY = "-----BEGIN CERTIFICATE-----\nauthority\n-----END CERTIFICATE-----\n"

/** As `kubectl config view --flatten --raw` prints it. */
const FILE = `apiVersion: v1
kind: Config
current-context: staging
preferences: {}
contexts:
- name: staging
  context: {cluster: staging, user: ci, namespace: shop}
- name: production
  context: {cluster: production, user: admin}
- name: lost
  context: {cluster: production, user: nobody}
clusters:
- name: staging
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority-data: ${base64(AUTHORITY)}
- name: production
  cluster:
    server: https://rancher.acme.internal/k8s/clusters/c-1/
    tls-server-name: kubernetes
users:
- name: ci
  user: {token: token-of-fixture}
- name: admin
  user:
    client-certificate-data: ${base64("certificate")}
    client-key-data: ${base64("key")}
`

test("the current context says where to ask, and as whom", () => {
  expect(parseKubeconfig(FILE)).toEqual({
    kind: "kubernetes",
    server: "https://10.0.0.1:6443",
    authority: AUTHORITY,
    identity: { kind: "token", token: "token-of-fixture" },
  })
})

test("another context by its name, with a certificate and a path", () => {
  expect(parseKubeconfig(FILE, "production")).toEqual({
    kind: "kubernetes",
    server: "https://rancher.acme.internal/k8s/clusters/c-1",
    serverName: "kubernetes",
    identity: { kind: "certificate", certificate: "certificate", key: "key" },
  })
})

test.each([
  { name: "a context that is not there", file: FILE, context: "dev", got: 'staging, production, lost, got "dev"' },
  { name: "no context", file: FILE.replace("current-context: staging", ""), got: "got no name, and the file has no" },
  {
    name: "a user that is not there",
    file: FILE,
    context: "lost",
    got: 'a user of the kubeconfig: ci, admin, got "nobody"',
  },
  { name: "no YAML", file: "{token-of-fixture", got: "got something else: its form" },
  { name: "a token instead of the file", file: "token-of-fixture", got: "got something else: its form" },
  {
    name: "a list instead of a name",
    file: FILE.replace("cluster: staging,", "cluster: [a],"),
    got: "contexts.0.context.cluster",
  },
])("refuses $name without showing a secret", ({ file, context, got }) => {
  const read = () => parseKubeconfig(file, context)
  expect(read).toThrow(/^OPTIONS_INVALID: /)
  expect(read).toThrow(got)
  expect(read).not.toThrow("token-of-fixture")
})

test("reads a file with hundreds of aliases, and refuses one of nothing without showing it", () => {
  const users = Array.from({ length: 120 }, (_, i) => `- {name: u${i}, user: *user}`).join("\n")
  const text = `current-context: a
contexts: [{name: a, context: {cluster: a, user: u0}}]
clusters: [{name: a, cluster: {server: "https://a.example:6443", certificate-authority-data: ${base64(AUTHORITY)}}}]
x-user: &user {token: secret}
users:
${users}
`
  expect(parseKubeconfig(text)).toMatchObject({ kind: "kubernetes" })
  expect(() => parseKubeconfig(text.replace("&user", "&other"))).toThrow(
    /^OPTIONS_INVALID: expected a kubeconfig with contexts, clusters and users, got something else: its aliases\./,
  )
})
