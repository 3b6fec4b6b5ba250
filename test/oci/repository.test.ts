import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/repository.ts"

test.each([
  { text: "ghcr.io/acme/app", host: "ghcr.io", path: "acme/app" },
  { text: "localhost/app", host: "localhost", path: "app" },
  { text: "localhost:5000/app", host: "localhost:5000", path: "app" },
  { text: "registry:5000/a/b/c/d", host: "registry:5000", path: "a/b/c/d" },
  { text: "[2001:db8::1]:443/app", host: "[2001:db8::1]:443", path: "app" },
  { text: "docker.io/library/a__b-c.d", host: "docker.io", path: "library/a__b-c.d" },
])("$text is a place in the registry $host", ({ text, host, path }) => {
  expect(parseRepository(text)).toEqual({ host, path, name: text })
})

test.each([
  { name: "without a host", text: "acme/app" },
  { name: "with a tag", text: "ghcr.io/acme/app:v1" },
  { name: "with a digest", text: `ghcr.io/acme/app@sha256:${"0".repeat(64)}` },
  { name: "with a scheme", text: "https://ghcr.io/acme/app" },
  { name: "with capitals", text: "ghcr.io/Acme/app" },
  { name: "with an empty part", text: "ghcr.io//app" },
  { name: "with a login", text: "user:secret@ghcr.io/acme/app" },
  { name: "that is only a host", text: "ghcr.io" },
  { name: "that is empty", text: "" },
])("an address $name is refused", ({ text }) => {
  expect(() => parseRepository(text)).toThrow(
    /^ADDRESS_INVALID: expected host\[:port\]\/repository without tag or digest/,
  )
})
