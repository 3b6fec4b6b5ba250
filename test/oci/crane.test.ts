import { describe, expect, test } from "vitest"
import {
  configArgs,
  deleteArgs,
  digestArgs,
  imageHost,
  isAbsent,
  isAbsentImage,
  isPullRefusal,
  isTransient,
  listTagsArgs,
  manifestArgs,
  pullFailure,
  pushArgs,
  registryFailure,
  tagArgs,
  waitSeconds,
} from "../../lib/oci/crane.ts"
import { digestOf, parseDigestRef, parseRepository } from "../../lib/oci/reference.ts"

describe("crane", () => {
  describe("retry", () => {
    const digest = `sha256:${"503".repeat(21)}a`
    test.each([
      {
        name: "429",
        stderr: "Error: PUT http://r:5000/v2/app/manifests/x: TOOMANYREQUESTS: rate exceeded",
        transient: true,
      },
      {
        name: "503",
        stderr:
          "Error: PUT http://r:5000/v2/app/blobs/uploads/: unexpected status code 503 Service Unavailable: try later",
        transient: true,
      },
      {
        name: "a reset",
        stderr: 'Error: Get "http://r:5000/v2/": read tcp 10.87.0.2:4->10.87.0.3:5000: read: connection reset by peer',
        transient: true,
      },
      {
        name: "a 5xx with an error code",
        stderr: "Error: PUT http://r/v2/a/manifests/x: UNKNOWN: broken",
        transient: true,
      },
      { name: "a 503 with an error code", stderr: "Error: GET http://r/v2/: UNAVAILABLE: later", transient: true },
      {
        name: "an error that contains UNKNOWN",
        stderr: "Error: GET http://r/v2/a/x: NAME_UNKNOWN: no such name",
        transient: false,
      },
      { name: "a closed connection", stderr: 'Error: Get "http://r:5000/v2/": EOF', transient: true },
      {
        name: "a refusal after a retry",
        stderr: "2026/11/25 retrying: 503\nError: GET http://r/v2/: UNAUTHORIZED: no",
        transient: false,
      },
      { name: "401", stderr: "Error: GET http://r/v2/: unexpected status code 401 Unauthorized", transient: false },
      {
        name: "403",
        stderr: "Error: POST http://r/v2/: DENIED: requested access to the resource is denied",
        transient: false,
      },
      { name: "404", stderr: "Error: GET http://r/v2/: unexpected status code 404 Not Found", transient: false },
      {
        name: "a digest that contains 503",
        stderr: `Error: GET http://r/v2/app/manifests/${digest}: MANIFEST_UNKNOWN`,
        transient: false,
      },
      {
        name: "a port that looks like a status",
        stderr: "Error: GET http://r:503/v2/app/manifests/1: MANIFEST_UNKNOWN",
        transient: false,
      },
      {
        name: "an unknown host",
        stderr: 'Error: Get "https://r/v2/": dial tcp: lookup r: no such host',
        transient: false,
      },
    ])("retries after $name: $transient", ({ stderr, transient }) => {
      expect(isTransient(stderr)).toBe(transient)
    })

    test.each([
      { name: "a second at first", attempt: 1, stderr: "503", random: 1, seconds: 1 },
      { name: "at least half of it", attempt: 1, stderr: "503", random: 0, seconds: 0.5 },
      { name: "twice as long next", attempt: 2, stderr: "503", random: 1, seconds: 2 },
      { name: "longer when throttled", attempt: 1, stderr: "429", random: 1, seconds: 10 },
      { name: "at most half a minute", attempt: 9, stderr: "503", random: 1, seconds: 30 },
    ])("waits $name", ({ attempt, stderr, random, seconds }) => {
      expect(waitSeconds(attempt, { stderr, random })).toBe(seconds)
    })

    test.each([
      { stderr: "Error: GET http://r/v2/a/manifests/v1: MANIFEST_UNKNOWN: manifest unknown", absent: true },
      { stderr: "Error: GET https://harbor/v2/a/manifests/v1: NOT_FOUND: artifact a:v1 not found", absent: true },
      { stderr: "Error: HEAD https://r/v2/a/manifests/v1: unexpected status code 404 Not Found", absent: true },
      {
        stderr: `Error: GET https://r/v2/a/manifests/sha256:${"404".repeat(21)}0: UNAUTHORIZED: who are you`,
        absent: false,
      },
      { stderr: "Error: dial tcp 10.0.0.1:404: connect: connection refused", absent: false },
      { stderr: "", absent: false },
    ])("recognises $stderr as absent: $absent", ({ stderr, absent }) => {
      expect(isAbsent({ stderr })).toBe(absent)
    })
  })

  describe("crane args", () => {
    const ref = parseDigestRef(`ghcr.io/acme/app@${digestOf("")}`)

    test.each([
      { name: "push", args: pushArgs(ref, { plainHttp: false }), line: `push --index /slipway/layout ${ref}` },
      {
        name: "push without TLS",
        args: pushArgs(ref, { plainHttp: true }),
        line: `push --insecure --index /slipway/layout ${ref}`,
      },
      {
        name: "digest",
        args: digestArgs("ghcr.io/acme/app:v1", { plainHttp: false }),
        line: "digest ghcr.io/acme/app:v1",
      },
      {
        name: "digest without TLS",
        args: digestArgs("ghcr.io/acme/app:v1", { plainHttp: true }),
        line: "digest --insecure ghcr.io/acme/app:v1",
      },
      { name: "manifest", args: manifestArgs(ref, { plainHttp: false }), line: `manifest ${ref}` },
      {
        name: "manifest without TLS",
        args: manifestArgs(ref, { plainHttp: true }),
        line: `manifest --insecure ${ref}`,
      },
      { name: "config", args: configArgs(ref, { plainHttp: false }), line: `config ${ref}` },
      { name: "config without TLS", args: configArgs(ref, { plainHttp: true }), line: `config --insecure ${ref}` },
      { name: "tag", args: tagArgs(ref, { tag: "v1", plainHttp: false }), line: `tag ${ref} v1` },
      { name: "tag without TLS", args: tagArgs(ref, { tag: "v1", plainHttp: true }), line: `tag --insecure ${ref} v1` },
    ])("renders the arguments to $name", ({ args, line }) => expect(args).toEqual(line.split(" ")))

    test.each([
      { args: listTagsArgs, words: ["ls"] },
      { args: digestArgs, words: ["digest"] },
      { args: manifestArgs, words: ["manifest"] },
      { args: configArgs, words: ["config"] },
      { args: deleteArgs, words: ["delete"] },
    ])("renders crane $words, with --insecure only for plain HTTP", ({ args, words }) => {
      expect(args("registry.test/app", { plainHttp: false })).toEqual([...words, "registry.test/app"])
      expect(args("registry.test/app", { plainHttp: true })).toEqual([...words, "--insecure", "registry.test/app"])
    })
  })
})

describe("registry failure", () => {
  describe("registry failure", () => {
    const repository = parseRepository("ghcr.io/acme/app")
    const refusal = { repository, right: "packages: write", unchanged: "Nothing was tagged." }

    test.each([
      { stderr: "dial tcp: lookup nowhere.test: no such host", fix: "Check the address" },
      { stderr: "dial tcp 127.0.0.1:5000: connect: connection refused", fix: "Check the address" },
      { stderr: "UNAUTHORIZED: authentication required", fix: "Pass a login for ghcr.io" },
      { stderr: "NAME_UNKNOWN: The repository with name 'app' does not exist", fix: "Create acme/app at ghcr.io" },
      { stderr: "unexpected status code 404 Not Found", fix: "Create acme/app at ghcr.io" },
      { stderr: "DENIED: requested access to the resource is denied", fix: "the missing permission: packages: write" },
      { stderr: "http: server gave HTTP response to HTTPS client", fix: "--plain-http" },
      {
        stderr: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        fix: "--ca-certificate",
      },
      { stderr: "unexpected status code 503 Service Unavailable", fix: ". Run it again. Nothing was tagged." },
      { stderr: "something else", fix: ". Fix the cause, then run it again. Nothing was tagged." },
      { stderr: "TAG_INVALID: the tag v1 is immutable", fix: ". Fix the cause, then run it again." },
    ])("advises after $stderr: $fix", ({ stderr, fix }) => {
      const { message, code } = registryFailure("push it", {
        stderr: `2026/11/25 Error: pushing\n${stderr}\n`,
        ...refusal,
      })
      expect(code).toBe("REGISTRY_FAILED")
      expect(message).toContain(`expected to push it, got ${stderr}. `)
      expect(message).toContain(fix)
    })

    test("leaves out the error of TLS before plain HTTP", () => {
      const tried = 'Error: Get "https://a.test:5000/v2/": http: server gave HTTP response to HTTPS client; '
      const { message } = registryFailure("push it", { stderr: `${tried}UNAUTHORIZED: who are you`, ...refusal })
      expect(message).toMatch(/got UNAUTHORIZED: who are you\. Pass a login/)
    })

    test("reports an empty error as no answer", () => {
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
    ])("reports %s as an invalid option", (_, message) => {
      expect(pullFailure("for the tests", { image, error: new Error(message) }).message).toMatch(
        /^OPTIONS_INVALID: expected an image for the tests that can be pulled, here "registry\.acme\.example\/go:1", got /,
      )
    })

    test.each([
      [
        "a refused login",
        "unexpected status from HEAD request to https://registry.acme.example/v2/: 401 Unauthorized",
        "pass a login for registry.acme.example that may pull it",
      ],
      [
        "a private certificate authority",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "Put the certificate authority of registry.acme.example into ~/.config/dagger/ca-certificates",
      ],
      [
        "plain HTTP",
        "http: server gave HTTP response to HTTPS client",
        'Declare registry.acme.example in the engine\'s engine.json ("registries": {"registry.acme.example": {"http": true}})',
      ],
    ])("says what to do about %s", (_, message, fix) => {
      expect(pullFailure("for the tests", { image, error: new Error(message) }).message).toContain(fix)
      expect(isPullRefusal(message)).toBe(true)
    })

    test.each(["failed to resolve: not found", "mkdir /var/lib/dagger/x: permission denied", "429 Too Many Requests"])(
      "is no refusal: %s",
      (message) => expect(isPullRefusal(message)).toBe(false),
    )

    test.each([
      { image: "debian:12", host: "docker.io" },
      { image: "acme/app@sha256:0a", host: "docker.io" },
      { image: "localhost/app", host: "localhost" },
      { image: "registry:5000/app:1", host: "registry:5000" },
      { image: "ghcr.io/acme/app", host: "ghcr.io" },
    ])("names the host of $image, $host", ({ image, host }) => expect(imageHost(image)).toBe(host))

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
    ])("reports %s as a failed registry", (_, message) => {
      expect(pullFailure("for the tests", { image, error: new Error(message) }).message).toMatch(/^REGISTRY_FAILED: /)
    })
  })
})

test.each([
  { message: `failed to resolve: docker.io/library/alpine@sha256:${"0a".repeat(32)}: not found`, absent: true },
  { message: "MANIFEST_UNKNOWN: manifest unknown", absent: true },
  { message: "dial tcp: lookup registry.test: no such host", absent: false },
  { message: "unexpected status 503 Service Unavailable", absent: false },
  { message: "docker.io/library/alpine:3: not found in DNS", absent: false },
])("an image is absent only if its registry says so: $message", ({ message, absent }) => {
  expect(isAbsentImage(message)).toBe(absent)
})
