import { expect, test } from "vitest"
import { renderDockerConfig } from "../../src/oci/docker-config.ts"
import { parseRepository } from "../../src/oci/repository.ts"

test.each([
  { name: "a host", address: "ghcr.io/acme/app", key: "ghcr.io" },
  { name: "a host with a port", address: "localhost:5000/app", key: "localhost:5000" },
  { name: "an IPv6 address", address: "[2001:db8::1]:5000/app", key: "[2001:db8::1]:5000" },
  { name: "Docker Hub", address: "docker.io/acme/app", key: "https://index.docker.io/v1/" },
])("puts the login of $name where clients look it up", ({ address, key }) => {
  const config = JSON.parse(renderDockerConfig(parseRepository(address), { username: "ci", password: "p:ä" }))
  expect(Object.keys(config.auths)).toEqual([key])
  expect(Buffer.from(config.auths[key].auth, "base64").toString()).toBe("ci:p:ä")
})

test("stands beside the logins of another file, without its credential helpers", () => {
  const others = JSON.stringify({
    auths: { "ghcr.io": { auth: "x" }, "a.test": { auth: "old" } },
    credsStore: "desktop",
  })
  const config = renderDockerConfig(parseRepository("a.test/app"), { username: "u", password: "p" }, others)
  expect(JSON.parse(config)).toEqual({ auths: { "ghcr.io": { auth: "x" }, "a.test": { auth: btoa("u:p") } } })
})

test.each(["hunter2", '{"auths":["hunter2"]}'])("another file that is none is not shown", (others) => {
  const render = () => renderDockerConfig(parseRepository("a.test/app"), { username: "u", password: "p" }, others)
  expect(render).toThrow(/^OPTIONS_INVALID: expected a docker config\.json/)
  expect(render).not.toThrow("hunter2")
})
