import { describe, expect, test } from "vitest"
import {
  dataField,
  parseKubeconfig,
  parseServer,
  readCluster,
  readUser,
  refuseFields,
  textField,
} from "../../lib/sync/kubeconfig.ts"

describe("server address", () => {
  test.each([
    { text: "https://10.0.0.1:6443", server: "https://10.0.0.1:6443" },
    { text: "https://[fd00::1]:6443/", server: "https://[fd00::1]:6443" },
    {
      text: "https://rancher.acme.internal/k8s/clusters/c-1//",
      server: "https://rancher.acme.internal/k8s/clusters/c-1",
    },
    { text: "http://127.0.0.1:8001", server: "http://127.0.0.1:8001" },
  ])("accepts the server address $text", ({ text, server }) => {
    expect(parseServer(text)).toBe(server)
  })

  test("refuses a server address without TLS", () => {
    expect(() => parseServer("http://10.0.0.1:8080")).toThrow(
      "OPTIONS_INVALID: expected an endpoint that starts with https://",
    )
  })
})

describe("kubeconfig field", () => {
  test("reads a text field, and treats an empty or another value as missing", () => {
    const fields = { token: "t", empty: "", number: 5, data: Buffer.from("PEM").toString("base64") }
    expect(["token", "empty", "number", "missing"].map((name) => textField(fields, name))).toEqual([
      "t",
      undefined,
      undefined,
      undefined,
    ])
    expect([dataField(fields, "data"), dataField(fields, "empty")]).toEqual(["PEM", undefined])
  })

  test("refuses an unsupported field with its reason, unless it is false or empty", () => {
    const reasons = { a: "Not a.", b: "Not b." }
    expect(() => refuseFields({ a: false, b: "" }, reasons)).not.toThrow()
    expect(() => refuseFields({ b: {} }, reasons)).toThrow(
      "OPTIONS_INVALID: expected a self-contained kubeconfig, got one with b. Not b.",
    )
  })
})

describe("kubeconfig cluster", () => {
  const server = "https://10.0.0.1:6443"
  const data = Buffer.from("PEM").toString("base64")

  test.each([
    { name: "an address alone", cluster: { server }, read: { server } },
    {
      name: "authority data, which takes precedence over a file",
      cluster: { server, "certificate-authority-data": data, "certificate-authority": "/etc/ca.crt" },
      read: { server, authority: "PEM" },
    },
    {
      name: "disabled switches",
      cluster: { server, "insecure-skip-tls-verify": false, "proxy-url": "", "disable-compression": true },
      read: { server },
    },
  ])("reads $name", ({ cluster, read }) => {
    expect(readCluster(cluster)).toEqual(read)
  })

  test.each([
    {
      cluster: { server, "certificate-authority": "/etc/ca.crt" },
      error: /got one with certificate-authority\. .*--flatten/,
    },
    {
      cluster: { server, "insecure-skip-tls-verify": true },
      error: /got one with insecure-skip-tls-verify\. Replace it by/,
    },
    {
      cluster: { server, "certificate-authority-data": data, "insecure-skip-tls-verify": true },
      error: /got one with insecure-skip-tls-verify\. /,
    },
    { cluster: { server, "proxy-url": "socks5://localhost:1080" }, error: /got one with proxy-url\. / },
    {
      cluster: { server, "certificate-authority-data": data, "proxy-url": "socks5://localhost:1080" },
      error: /got one with proxy-url\. /,
    },
    { cluster: {}, error: /a kubeconfig whose cluster has a server, got one without/ },
    { cluster: { server: "http://10.0.0.1:8080" }, error: /got "http:\/\/10\.0\.0\.1:8080"/ },
  ])("refuses $cluster", ({ cluster, error }) => {
    expect(() => readCluster(cluster)).toThrow(error)
  })
})

describe("kubeconfig user", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64")
  const pair = { "client-certificate-data": base64("certificate"), "client-key-data": base64("key") }

  test.each([
    { name: "a token", user: { token: "t" }, identity: { kind: "token", token: "t" } },
    {
      name: "a token with the program that created it",
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
      error: /got one with exec\. Pass --cluster-server and the program's token as --cluster-token/,
    },
    { user: { "auth-provider": { name: "gcp" } }, error: /got one with auth-provider\. .*--cluster-token/ },
    { user: { tokenFile: "/var/run/token" }, error: /got one with tokenFile\. .*--flatten/ },
    {
      user: { "client-certificate": "/a.crt", "client-key": "/a.key" },
      error: /got one with client-certificate\. .*--flatten/,
    },
    { user: { username: "admin", password: "secret-of-fixture" }, error: /got one with username\. / },
    { user: { token: "t", as: "system:admin" }, error: /got one with as\. .*impersonation is not supported/ },
    { user: { "client-certificate-data": base64("certificate") }, error: /got one with neither/ },
    { user: {}, error: /got one with neither/ },
  ])("refuses a user with $user", ({ user, error }) => {
    expect(() => readUser(user)).toThrow(error)
    expect(() => readUser(user)).not.toThrow("secret-of-fixture")
  })
})

describe("kubeconfig", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64")
  const AUTHORITY = "-----BEGIN CERTIFICATE-----\nauthority\n-----END CERTIFICATE-----\n"

  /** Output of `kubectl config view --flatten --raw`. */
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

  test("reads server and identity from the current context", () => {
    expect(parseKubeconfig(FILE)).toEqual({
      kind: "kubernetes",
      server: "https://10.0.0.1:6443",
      authority: AUTHORITY,
      identity: { kind: "token", token: "token-of-fixture" },
    })
  })

  test("reads another context by name, with a certificate and a path", () => {
    expect(parseKubeconfig(FILE, "production")).toEqual({
      kind: "kubernetes",
      server: "https://rancher.acme.internal/k8s/clusters/c-1",
      serverName: "kubernetes",
      identity: { kind: "certificate", certificate: "certificate", key: "key" },
    })
  })

  test.each([
    { name: "an unknown context", file: FILE, context: "dev", got: '(staging, production, lost), got "dev"' },
    { name: "no context", file: FILE.replace("current-context: staging", ""), got: "got no name, and the file has no" },
    {
      name: "an unknown user",
      file: FILE,
      context: "lost",
      got: 'a user of the kubeconfig (ci, admin), got "nobody"',
    },
    { name: "invalid YAML", file: "{token-of-fixture", got: "got another file, without valid fields" },
    { name: "a token instead of the file", file: "token-of-fixture", got: "got another file, without valid fields" },
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

  test("reads a file with hundreds of aliases, and refuses an alias without an anchor", () => {
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
      /^OPTIONS_INVALID: expected a kubeconfig with contexts, clusters and users, got another file, without valid aliases\./,
    )
  })
})
