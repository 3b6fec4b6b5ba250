import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { parseRepository } from "../../lib/oci/reference.ts"
import { hostsToml, mergeLogins, pullFiles, pullLogin } from "../../lib/pull/pull-secret.ts"

describe("pull login", () => {
  const auth = (login: string) => ({ auth: Buffer.from(login).toString("base64") })
  const own = auth("robot:own-of-fixture")
  const other = auth("robot:other-of-fixture")
  const read = (repository: string, auths: object) =>
    JSON.parse(pullLogin(parseRepository(repository), JSON.stringify({ auths })))

  describe("logins for the repository", () => {
    test.each([
      { name: "the host", repository: "ghcr.io/acme/hello", kept: ["ghcr.io"] },
      { name: "the host with a scheme and a version", repository: "ghcr.io/acme/hello", kept: ["https://ghcr.io/v2/"] },
      { name: "a path of the host", repository: "ghcr.io/acme/hello", kept: ["ghcr.io/acme"] },
      { name: "the repository itself", repository: "ghcr.io/acme/hello", kept: ["ghcr.io/acme/hello", "ghcr.io"] },
      {
        name: "Docker Hub in docker's form",
        repository: "docker.io/acme/hello",
        kept: ["https://index.docker.io/v1/"],
      },
      { name: "Docker Hub by another name", repository: "index.docker.io/acme/hello", kept: ["docker.io"] },
      { name: "a port", repository: "registry.test:5000/hello", kept: ["registry.test:5000"] },
    ])("keeps only the login for $name", ({ repository, kept }) => {
      const mine = Object.fromEntries(kept.map((key) => [key, own]))
      const others = ["quay.io", "ghcr.io.evil.example", "registry.test:5001", "registry.test", "ghcr.io/acme/hell"]
      const auths = { ...Object.fromEntries(others.map((key) => [key, other])), ...mine }
      expect(read(repository, auths)).toEqual({ auths: mine })
    })
  })

  test("keeps only auth of an entry, also from user and password", () => {
    const entry = { username: "robot", password: "own-of-fixture", email: "a@b.example", registrytoken: "x" }
    expect(read("ghcr.io/acme/hello", { "ghcr.io": entry })).toEqual({ auths: { "ghcr.io": own } })
    const file = {
      auths: { "ghcr.io": { ...own, identitytoken: "x" } },
      credsStore: "desktop",
      HttpHeaders: { a: "b" },
    }
    expect(pullLogin(parseRepository("ghcr.io/acme/hello"), JSON.stringify(file))).toBe(
      JSON.stringify({ auths: { "ghcr.io": own } }),
    )
  })

  test.each([
    { name: "logins for other hosts only", config: { auths: { "quay.io": other } }, got: "got logins for quay.io." },
    { name: "no login", config: { auths: {} }, got: "got no login." },
    {
      name: "a credential helper",
      config: { auths: { "ghcr.io": {} }, credsStore: "desktop" },
      got: "got an entry without",
    },
    {
      name: "an identity token",
      config: { auths: { "ghcr.io": { identitytoken: "own-of-fixture" } } },
      got: "without user and",
    },
    { name: "another format", config: { "ghcr.io": own }, got: "with logins under auths, got another file" },
  ])("refuses $name and shows no login", ({ config, got }) => {
    const pull = () => pullLogin(parseRepository("ghcr.io/acme/hello"), JSON.stringify(config))
    expect(pull).toThrow(/^OPTIONS_INVALID: /)
    expect(pull).toThrow(got)
    for (const secret of [own.auth, other.auth, "own-of-fixture"]) expect(pull).not.toThrow(secret)
  })

  test("refuses a file that is not JSON", () => {
    expect(() => pullLogin(parseRepository("ghcr.io/acme/hello"), "own-of-fixture")).toThrow("got another file")
  })
})

describe("hosts toml", () => {
  const lines = (address: string, mirrors: string[]) =>
    hostsToml(parseRepository(address), mirrors)
      .split("\n")
      .filter((line) => !line.startsWith("#"))

  test("lists mirrors in order, for pulls only, before the registry", () => {
    const mirrors = ["https://mirror.acme.internal/", "http://127.0.0.1:30020", "https://harbor.acme.internal/v2/ghcr"]
    expect(lines("ghcr.io/acme/hello", mirrors)).toEqual([
      'server = "https://ghcr.io"',
      "",
      '[host."https://mirror.acme.internal"]',
      '  capabilities = ["pull"]',
      "",
      '[host."http://127.0.0.1:30020"]',
      '  capabilities = ["pull"]',
      "",
      '[host."https://harbor.acme.internal/v2/ghcr"]',
      '  capabilities = ["pull"]',
      "  override_path = true",
      "",
    ])
  })

  test("uses the API host of Docker Hub", () => {
    expect(lines("docker.io/acme/hello", ["https://m.example"])[0]).toBe('server = "https://registry-1.docker.io"')
    expect(hostsToml(parseRepository("docker.io/acme/hello"), ["https://m.example"])).toMatch(
      "# Copy to /etc/containerd/certs.d/docker.io/hosts.toml on every node",
    )
  })

  test.each([
    "mirror.acme.internal",
    "ftp://mirror.acme.internal",
    "https://m.example/?a",
    'https://m.example/"]\nx = "',
    "",
  ])("refuses the mirror %j", (mirror) => {
    expect(() => lines("ghcr.io/acme/hello", [mirror])).toThrow(
      `such as https://mirror.acme.internal, got ${JSON.stringify(mirror)}`,
    )
  })

  test("refuses a login in a mirror's address and does not show it", () => {
    const read = () => lines("ghcr.io/acme/hello", ["https://robot:hunter2@m.example"])
    expect(read).toThrow("got one with a login.")
    expect(read).not.toThrow("hunter2")
  })
})

describe("pull files", () => {
  const input = { repository: "ghcr.io/acme/hello", name: "registry-login", account: "default", mirrors: [] }

  test("always renders the ServiceAccount, and other files on request", () => {
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

  test("adds a note only for the account that every namespace has", () => {
    const { "service-account.yaml": shared = "" } = pullFiles(input)
    const { "service-account.yaml": own = "" } = pullFiles({ ...input, account: "puller" })
    expect(shared).toMatch(
      /^# The namespace has this account already: use kubectl apply --server-side.*\napiVersion: v1\n/,
    )
    expect(own).toMatch(/^apiVersion: v1\n/)
  })

  test.each([
    { change: { account: "Default" }, error: /^OPTIONS_INVALID: expected the ServiceAccount's name/ },
    { change: { name: "a/b" }, error: /^OPTIONS_INVALID: expected the Secret's name/ },
    { change: { repository: "ghcr.io/acme/hello:v1" }, error: /^ADDRESS_INVALID/ },
    { change: { remoteKey: "a" }, error: /^OPTIONS_INVALID: expected --secret-store/ },
  ])("refuses $change", ({ change, error }) => {
    expect(() => pullFiles({ ...input, ...change })).toThrow(error)
  })
})

test("merges the logins of several repositories, of which the first wins", () => {
  const config = (host: string, auth: string) => JSON.stringify({ auths: { [host]: { auth } } })
  const merged = mergeLogins([config("ghcr.io", "main"), config("quay.io", "copy"), config("ghcr.io", "other")])
  expect(JSON.parse(merged)).toEqual({ auths: { "ghcr.io": { auth: "main" }, "quay.io": { auth: "copy" } } })
})
