import { describe, expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { renderDockerConfig, usableDockerConfig } from "../../lib/oci/registry-access.ts"

test.each([
  { name: "a host", address: "ghcr.io/acme/app", key: "ghcr.io" },
  { name: "a host with a port", address: "localhost:5000/app", key: "localhost:5000" },
  { name: "an IPv6 address", address: "[2001:db8::1]:5000/app", key: "[2001:db8::1]:5000" },
  { name: "Docker Hub", address: "docker.io/acme/app", key: "https://index.docker.io/v1/" },
])("writes the login of $name under the key that clients look up", ({ address, key }) => {
  const config = JSON.parse(renderDockerConfig(parseRepository(address), { username: "ci", password: "p:ä" }))
  expect(Object.keys(config.auths)).toEqual([key])
  expect(Buffer.from(config.auths[key].auth, "base64").toString()).toBe("ci:p:ä")
})

describe("a login added to another file", () => {
  const login = { username: "u", password: "p" }
  const added = (others: object) => renderDockerConfig(parseRepository("a.test/app"), login, JSON.stringify(others))
  const [own, x] = [{ auth: btoa("u:p") }, { auth: "x" }]

  test.each<[string, object, object]>([
    [
      "keeps the file's logins",
      { auths: { "ghcr.io": x, "a.test": { auth: "old" } } },
      { "ghcr.io": x, "a.test": own },
    ],
    [
      "replaces a helper that has it",
      { auths: { "ghcr.io": x, "a.test": {} }, credsStore: "desktop" },
      { "ghcr.io": x, "a.test": own },
    ],
    ["replaces a helper for its host", { credHelpers: { "a.test": "ecr-login" } }, { "a.test": own }],
    ["drops the helper of a file without logins", { credsStore: "desktop" }, { "a.test": own }],
    [
      "drops the helper for a host with a login in the file",
      { auths: { "https://ghcr.io/v2/": x }, credHelpers: { "ghcr.io": "gh" } },
      { "https://ghcr.io/v2/": x, "a.test": own },
    ],
  ])("%s", (_, others, auths) => expect(JSON.parse(added(others))).toEqual({ auths }))

  test.each<[string, object, string]>([
    [
      "for all hosts",
      { auths: { "ghcr.io": {}, "a.test": x }, credsStore: "desktop" },
      "ghcr.io, got one with the credential helper docker-credential-desktop",
    ],
    [
      "for another host",
      { auths: { "b.test": {} }, credHelpers: { "b.test": "pass" } },
      "b.test, got one with the credential helper docker-credential-pass",
    ],
    [
      "for another host without an entry",
      { credHelpers: { "b.test": "ecr-login" } },
      "b.test, got one with the credential helper docker-credential-ecr-login",
    ],
    [
      "for all but its own",
      { auths: { "b.test": {} }, credsStore: "desktop", credHelpers: { "a.test": "x" } },
      "b.test, got one with the credential helper docker-credential-desktop",
    ],
    [
      "for Docker Hub",
      { auths: { "https://index.docker.io/v1/": {} }, credsStore: "osxkeychain" },
      "https://index.docker.io/v1/, got one with the credential helper docker-credential-osxkeychain",
    ],
  ])("is refused if only a helper %s has the login", (_, others, message) => {
    expect(() => added(others)).toThrow(
      `OPTIONS_INVALID: expected a docker config.json that contains the login for ${message}`,
    )
  })
})

test.each(["hunter2", '{"auths":["hunter2"]}'])(
  "refuses another file of a wrong format without showing it: %s",
  (others) => {
    const render = () => renderDockerConfig(parseRepository("a.test/app"), { username: "u", password: "p" }, others)
    expect(render).toThrow(/^OPTIONS_INVALID: expected a docker config\.json/)
    expect(render).not.toThrow("hunter2")
  },
)

describe("a file that a caller passes", () => {
  const auth = btoa("u:p")
  const usable = (config: object, address = "a.test:5000/app") =>
    usableDockerConfig(parseRepository(address), JSON.stringify(config))

  test.each([
    { name: "only logins", config: { auths: { "a.test:5000": { auth } } } },
    { name: "no logins, since the registry may need none", config: {} },
    {
      name: "a helper for another host",
      config: { auths: { "a.test:5000": { auth } }, credHelpers: { "b.test": "x" } },
    },
  ])("is used unchanged with $name", ({ config }) => {
    expect(usable(config)).toBe(JSON.stringify(config))
  })

  test.each([
    { name: "for all hosts", config: { auths: { "a.test:5000": { auth } }, credsStore: "desktop" } },
    {
      name: "for this host",
      config: { auths: { "https://a.test:5000/v2/": { auth } }, credHelpers: { "a.test:5000": "x" } },
    },
    { name: "and a token", config: { auths: { "a.test:5000": { identitytoken: "t" } }, credsStore: "desktop" } },
  ])("loses a helper $name if it contains the login", ({ config }) => {
    expect(JSON.parse(usable(config))).toEqual({ auths: config.auths })
  })

  test.each([
    { name: "of a laptop", config: { auths: { "a.test:5000": {} }, credsStore: "desktop" }, helper: "desktop" },
    { name: "for this host", config: { credHelpers: { "a.test:5000": "ecr-login" } }, helper: "ecr-login" },
    {
      name: "and another host's login",
      config: { auths: { "b.test": { auth } }, credsStore: "pass" },
      helper: "pass",
    },
    {
      name: "for Docker Hub",
      address: "docker.io/acme/app",
      config: { auths: { "https://index.docker.io/v1/": { auth: "" } }, credsStore: "osxkeychain" },
      helper: "osxkeychain",
    },
  ])("is refused if only a helper $name has the login", ({ config, helper, address }) => {
    const host = address ? "docker.io" : "a.test:5000"
    expect(() => usable(config, address)).toThrow(
      `OPTIONS_INVALID: expected a docker config.json that contains the login for ${host}, got one with the credential helper docker-credential-${helper}. Pass --registry-username and --registry-password, or the result of a login function; the helper is a program on your machine`,
    )
  })

  test.each(["hunter2", '{"auths":["hunter2"]}', ""])(
    "is refused without showing it if its format is wrong: %s",
    (text) => {
      const read = () => usableDockerConfig(parseRepository("a.test/app"), text)
      expect(read).toThrow(/^OPTIONS_INVALID: expected a docker config\.json with logins under auths/)
      expect(read).not.toThrow("hunter2")
    },
  )
})
