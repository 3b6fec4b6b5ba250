import { describe, expect, test } from "vitest"
import { engineLogins } from "../../lib/oci/engine-login.ts"

const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") })
const config = (auths: Record<string, unknown>) => JSON.stringify({ auths })

describe("engineLogins", () => {
  test.each([
    { name: "a host", key: "ghcr.io", host: "ghcr.io" },
    { name: "a host with a port", key: "registry.acme.internal:5000", host: "registry.acme.internal:5000" },
    { name: "a short name with a port", key: "registry:5000", host: "registry:5000" },
    { name: "an address", key: "https://registry.acme.internal/v2/", host: "registry.acme.internal" },
    { name: "Docker Hub", key: "https://index.docker.io/v1/", host: "docker.io" },
    { name: "Docker Hub by its name", key: "docker.io", host: "docker.io" },
    { name: "Docker Hub by its API's name", key: "registry-1.docker.io", host: "docker.io" },
    { name: "localhost", key: "localhost", host: "localhost" },
    { name: "an IPv4 address", key: "127.0.0.1:5000", host: "127.0.0.1:5000" },
  ])("has the login for $name", ({ key, host }) => {
    expect(engineLogins(config({ [key]: auth("acme:p:w") }))).toEqual([{ host, username: "acme", password: "p:w" }])
  })

  // the engine would send these to Docker Hub, or keep them under a cut name
  test.each([
    { name: "a path in a registry", key: "ghcr.io/acme" },
    { name: "a name without dot and port", key: "registry" },
    { name: "a name that contains docker.io", key: "docker.io.acme.internal" },
    { name: "an IPv6 address", key: "[::1]:5000" },
  ])("leaves out $name", ({ key }) => {
    expect(engineLogins(config({ [key]: auth("acme:pw") }))).toEqual([])
  })

  test.each([
    { name: "user and password", entry: { username: "acme", password: "pw" }, login: ["acme", "pw"] },
    { name: "an identity token", entry: { ...auth("acme:"), identitytoken: "token" }, login: ["", "token"] },
  ])("reads $name", ({ entry, login: [username, password] }) => {
    expect(engineLogins(config({ "ghcr.io": entry }))).toEqual([{ host: "ghcr.io", username, password }])
  })

  test.each([
    { name: "an entry that a credential helper completes", entry: {} },
    { name: "a user without password", entry: auth("acme:") },
    { name: "an entry of another format", entry: 1 },
  ])("has none for $name", ({ entry }) => {
    expect(engineLogins(config({ "ghcr.io": entry }))).toEqual([])
  })

  test("takes the first of two names of one host", () => {
    const both = { "docker.io": auth("first:pw"), "https://index.docker.io/v1/": auth("second:pw") }
    expect(engineLogins(config(both)).map(({ username }) => username)).toEqual(["first"])
  })

  test("refuses another file without showing it", () => {
    const refused = () => engineLogins("password=pw")
    expect(refused).toThrow(/^OPTIONS_INVALID: expected a docker config.json with logins under auths [^=]*$/)
  })
})
