import { describe, expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { pullFailure, registryFailure } from "../../lib/oci/registry-failure.ts"

describe("registry failure", () => {
  const repository = parseRepository("ghcr.io/acme/app")
  const refusal = { repository, right: "packages: write", unchanged: "Nothing was tagged." }

  test.each([
    { stderr: "dial tcp: lookup nowhere.test: no such host", fix: "Check the address" },
    { stderr: "dial tcp 127.0.0.1:5000: connect: connection refused", fix: "Check the address" },
    { stderr: "UNAUTHORIZED: authentication required", fix: "Pass a login that ghcr.io knows" },
    { stderr: "NAME_UNKNOWN: The repository with name 'app' does not exist", fix: "There is no acme/app at ghcr.io" },
    { stderr: "unexpected status code 404 Not Found", fix: "There is no acme/app at ghcr.io" },
    { stderr: "DENIED: requested access to the resource is denied", fix: "it needs packages: write" },
    { stderr: "http: server gave HTTP response to HTTPS client", fix: "--plain-http" },
    {
      stderr: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      fix: "--ca-certificate",
    },
    { stderr: "unexpected status code 503 Service Unavailable", fix: ". Run it again. Nothing was tagged." },
    { stderr: "something else", fix: ". Mend what it names, then run it again. Nothing was tagged." },
    { stderr: "TAG_INVALID: the tag v1 is immutable", fix: ". Mend what it names, then run it again." },
  ])("$stderr: $fix", ({ stderr, fix }) => {
    const { message, code } = registryFailure("push it", {
      stderr: `2026/11/25 Error: pushing\n${stderr}\n`,
      ...refusal,
    })
    expect(code).toBe("REGISTRY_FAILED")
    expect(message).toContain(`expected to push it, got ${stderr}. `)
    expect(message).toContain(fix)
  })

  test("says nothing of the TLS that was tried before plain HTTP", () => {
    const tried = 'Error: Get "https://a.test:5000/v2/": http: server gave HTTP response to HTTPS client; '
    const { message } = registryFailure("push it", { stderr: `${tried}UNAUTHORIZED: who are you`, ...refusal })
    expect(message).toMatch(/got UNAUTHORIZED: who are you\. Pass a login/)
  })

  test("an answer without a word is none", () => {
    expect(registryFailure("push it", { stderr: "\n", ...refusal }).message).toContain("got no answer. Run it again")
  })
})

describe("pull failure", () => {
  const image = "registry.acme.example/go:1"

  test.each([
    ["a tag that is not there", "failed to resolve source metadata for registry.acme.example/go:1: not found"],
    ["a name that is none", 'failed to parse image address "a b": invalid reference format'],
    ["a login that may not", "pull access denied, repository does not exist or may require authorization"],
    ["no login", "unexpected status from HEAD request to https://registry.acme.example/v2/: 401 Unauthorized"],
    [
      "a login that lacks a right",
      'denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource',
    ],
    ["another platform", "no match for platform in manifest: not found"],
  ])("%s is the caller's to mend", (_, message) => {
    expect(pullFailure("for the tests", { image, error: new Error(message) }).message).toMatch(
      /^OPTIONS_INVALID: expected an image for the tests that can be pulled, here "registry\.acme\.example\/go:1", got /,
    )
  })

  test.each([
    [
      "too many requests",
      "unexpected status from HEAD request to https://registry.acme.example/v2/: 429 Too Many Requests",
    ],
    ["a registry that is down", "unexpected status from GET request to https://registry.acme.example/v2/: 503"],
    ["a silent registry", "no answer of its registry within 900 s"],
    ["a name server that fails", "dial tcp: lookup registry.acme.example: server misbehaving"],
    ["a folder that the engine may not write", "failed to extract layer: mkdir /var/lib/dagger/x: permission denied"],
    ["a socket that the engine may not open", "dial unix /run/containerd.sock: connect: Permission denied"],
    ["a full disk", "failed to extract layer: write /var/lib/x: no space left on device"],
    ["an engine that ended", "engine: connection reset by peer"],
  ])("%s is no wrong option", (_, message) => {
    expect(pullFailure("for the tests", { image, error: new Error(message) }).message).toMatch(/^REGISTRY_FAILED: /)
  })
})
