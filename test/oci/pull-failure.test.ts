import { expect, test } from "vitest"
import { pullFailed } from "../../lib/oci/pull-failure.ts"

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
  expect(pullFailed("for the tests", { image, error: new Error(message) }).message).toMatch(
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
  expect(pullFailed("for the tests", { image, error: new Error(message) }).message).toMatch(/^REGISTRY_FAILED: /)
})
