import { expect, test } from "vitest"
import { renderDockerConfig } from "../../src/oci/docker-config.ts"
import { parseRepository } from "../../src/oci/repository.ts"

test.each([
  { name: "a host", address: "ghcr.io/acme/app", key: "ghcr.io" },
  { name: "a host with a port", address: "localhost:5000/app", key: "localhost:5000" },
  { name: "Docker Hub", address: "docker.io/acme/app", key: "https://index.docker.io/v1/" },
])("puts the login of $name where clients look it up", ({ address, key }) => {
  const config = JSON.parse(renderDockerConfig(parseRepository(address), { username: "ci", password: "p:ä" }))
  expect(Object.keys(config.auths)).toEqual([key])
  expect(Buffer.from(config.auths[key].auth, "base64").toString()).toBe("ci:p:ä")
})
