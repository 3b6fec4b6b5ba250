import { describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/digest.ts"
import { digestRef, parseDigestRef, splitDigestRef } from "../../lib/oci/digest-ref.ts"
import { parseRepository } from "../../lib/oci/repository.ts"

const digest = digestOf("")

describe("a reference by digest", () => {
  test.each([
    { name: "stands for itself", text: `ghcr.io/acme/app@${digest}`, ref: `ghcr.io/acme/app@${digest}` },
    { name: "loses its tag, which can move", text: `ghcr.io/acme/app:v1@${digest}`, ref: `ghcr.io/acme/app@${digest}` },
    { name: "may have a port", text: `localhost:5000/app:v1@${digest}`, ref: `localhost:5000/app@${digest}` },
    { name: "may have an IPv6 host", text: `[::1]:5000/a/b/c@${digest}`, ref: `[::1]:5000/a/b/c@${digest}` },
  ])("$name", ({ text, ref }) => expect(parseDigestRef(text)).toBe(ref))

  test.each([
    { name: "a tag", text: "ghcr.io/acme/app:v1" },
    { name: "no version at all", text: "ghcr.io/acme/app" },
    { name: "a digest alone", text: digest },
    { name: "a short digest", text: `ghcr.io/acme/app@${digest.slice(0, -1)}` },
    { name: "capitals in the path", text: `ghcr.io/Acme/app@${digest}` },
    { name: "a scheme", text: `https://ghcr.io/acme/app@${digest}` },
    { name: "something after it", text: `ghcr.io/acme/app@${digest}\n` },
    { name: "a host alone", text: `ghcr.io@${digest}` },
  ])("$name is refused, with what was got", ({ text }) => {
    expect(() => parseDigestRef(text)).toThrow(`REFERENCE_INVALID: expected host/repository@sha256:<64 hex digits>`)
    expect(() => parseDigestRef(text)).toThrow(JSON.stringify(text))
  })
})

test("is made of a repository and a digest, and falls into them again", () => {
  const repository = parseRepository("registry.acme.test:5000/team/app")
  const ref = digestRef(repository, digest)
  expect(ref).toBe(`registry.acme.test:5000/team/app@${digest}`)
  expect(splitDigestRef(ref)).toEqual({ repository, digest })
})
