import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { hostsToml } from "../../lib/pull/hosts-toml.ts"

const lines = (address: string, mirrors: string[]) =>
  hostsToml(parseRepository(address), mirrors)
    .split("\n")
    .filter((line) => !line.startsWith("#"))

test("mirrors are asked in turn, for content alone, and then the registry", () => {
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

test("Docker Hub is served by another host than its images are named by", () => {
  expect(lines("docker.io/acme/hello", ["https://m.example"])[0]).toBe('server = "https://registry-1.docker.io"')
  expect(hostsToml(parseRepository("docker.io/acme/hello"), ["https://m.example"])).toMatch(
    "# /etc/containerd/certs.d/docker.io/hosts.toml on every node",
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

test("a login in the address is not shown", () => {
  const read = () => lines("ghcr.io/acme/hello", ["https://robot:hunter2@m.example"])
  expect(read).toThrow("got one with a login in it")
  expect(read).not.toThrow("hunter2")
})
