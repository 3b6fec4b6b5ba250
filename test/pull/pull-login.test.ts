import { describe, expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { pullLogin } from "../../lib/pull/pull-login.ts"

const auth = (login: string) => ({ auth: Buffer.from(login).toString("base64") })
const own = auth("robot:own-of-fixture")
const other = auth("robot:other-of-fixture")
const read = (address: string, auths: object) =>
  JSON.parse(pullLogin(parseRepository(address), JSON.stringify({ auths })))

describe("only what pulls the repository is kept", () => {
  test.each([
    { name: "the host", address: "ghcr.io/acme/hello", kept: ["ghcr.io"] },
    { name: "the host with a scheme and a version", address: "ghcr.io/acme/hello", kept: ["https://ghcr.io/v2/"] },
    { name: "a folder of it", address: "ghcr.io/acme/hello", kept: ["ghcr.io/acme"] },
    { name: "the very repository", address: "ghcr.io/acme/hello", kept: ["ghcr.io/acme/hello", "ghcr.io"] },
    { name: "Docker Hub as docker writes it", address: "docker.io/acme/hello", kept: ["https://index.docker.io/v1/"] },
    { name: "Docker Hub by another name", address: "index.docker.io/acme/hello", kept: ["docker.io"] },
    { name: "a port", address: "registry.test:5000/hello", kept: ["registry.test:5000"] },
  ])("$name", ({ address, kept }) => {
    const mine = Object.fromEntries(kept.map((key) => [key, own]))
    const others = ["quay.io", "ghcr.io.evil.example", "registry.test:5001", "registry.test", "ghcr.io/acme/hell"]
    const auths = { ...Object.fromEntries(others.map((key) => [key, other])), ...mine }
    expect(read(address, auths)).toEqual({ auths: mine })
  })
})

test("user and password become what the kubelet reads, and nothing else of the file comes along", () => {
  const entry = { username: "robot", password: "own-of-fixture", email: "a@b.example", registrytoken: "x" }
  expect(read("ghcr.io/acme/hello", { "ghcr.io": entry })).toEqual({ auths: { "ghcr.io": own } })
  const file = { auths: { "ghcr.io": { ...own, identitytoken: "x" } }, credsStore: "desktop", HttpHeaders: { a: "b" } }
  expect(pullLogin(parseRepository("ghcr.io/acme/hello"), JSON.stringify(file))).toBe(
    JSON.stringify({ auths: { "ghcr.io": own } }),
  )
})

test.each([
  { name: "other hosts alone", config: { auths: { "quay.io": other } }, got: "got logins for quay.io." },
  { name: "nobody", config: { auths: {} }, got: "got logins for nobody." },
  {
    name: "a credential helper",
    config: { auths: { "ghcr.io": {} }, credsStore: "desktop" },
    got: "got an entry for it without",
  },
  {
    name: "an identity token",
    config: { auths: { "ghcr.io": { identitytoken: "own-of-fixture" } } },
    got: "without user and",
  },
  { name: "another form", config: { "ghcr.io": own }, got: "whose logins stand under auths, got something else" },
])("refuses $name, and shows no login", ({ config, got }) => {
  const pull = () => pullLogin(parseRepository("ghcr.io/acme/hello"), JSON.stringify(config))
  expect(pull).toThrow(/^OPTIONS_INVALID: /)
  expect(pull).toThrow(got)
  for (const secret of [own.auth, other.auth, "own-of-fixture"]) expect(pull).not.toThrow(secret)
})

test("refuses what is no JSON", () => {
  expect(() => pullLogin(parseRepository("ghcr.io/acme/hello"), "own-of-fixture")).toThrow("got something else")
})
