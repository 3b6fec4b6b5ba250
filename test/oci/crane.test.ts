import { describe, expect, test } from "vitest"
import {
  configArgs,
  deleteArgs,
  digestArgs,
  isAbsent,
  isTransient,
  listTagsArgs,
  manifestArgs,
  pushArgs,
  tagArgs,
  waitSeconds,
} from "../../lib/oci/crane.ts"
import { digestOf, parseDigestRef } from "../../lib/oci/reference.ts"

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
      name: "5xx with a code of its own",
      stderr: "Error: PUT http://r/v2/a/manifests/x: UNKNOWN: broken",
      transient: true,
    },
    { name: "503 with a code of its own", stderr: "Error: GET http://r/v2/: UNAVAILABLE: later", transient: true },
    {
      name: "a name that is unknown",
      stderr: "Error: GET http://r/v2/a/x: NAME_UNKNOWN: no such name",
      transient: false,
    },
    { name: "a connection that ends", stderr: 'Error: Get "http://r:5000/v2/": EOF', transient: true },
    {
      name: "the last of several lines",
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
      name: "a digest with 503 in it",
      stderr: `Error: GET http://r/v2/app/manifests/${digest}: MANIFEST_UNKNOWN`,
      transient: false,
    },
    {
      name: "a port that looks like a status",
      stderr: "Error: GET http://r:503/v2/app/manifests/1: MANIFEST_UNKNOWN",
      transient: false,
    },
    {
      name: "a host that is not there",
      stderr: 'Error: Get "https://r/v2/": dial tcp: lookup r: no such host',
      transient: false,
    },
  ])("tries again after $name: $transient", ({ stderr, transient }) => {
    expect(isTransient(stderr)).toBe(transient)
  })

  test.each([
    { name: "a second at first", attempt: 1, stderr: "503", random: 1, seconds: 1 },
    { name: "half of it at least", attempt: 1, stderr: "503", random: 0, seconds: 0.5 },
    { name: "twice that next", attempt: 2, stderr: "503", random: 1, seconds: 2 },
    { name: "longer when throttled", attempt: 1, stderr: "429", random: 1, seconds: 10 },
    { name: "half a minute at most", attempt: 9, stderr: "503", random: 1, seconds: 30 },
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
  ])("$stderr means that it is not there: $absent", ({ stderr, absent }) => {
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
    { name: "manifest without TLS", args: manifestArgs(ref, { plainHttp: true }), line: `manifest --insecure ${ref}` },
    { name: "config", args: configArgs(ref, { plainHttp: false }), line: `config ${ref}` },
    { name: "config without TLS", args: configArgs(ref, { plainHttp: true }), line: `config --insecure ${ref}` },
    { name: "tag", args: tagArgs(ref, { tag: "v1", plainHttp: false }), line: `tag ${ref} v1` },
    { name: "tag without TLS", args: tagArgs(ref, { tag: "v1", plainHttp: true }), line: `tag --insecure ${ref} v1` },
  ])("crane's arguments to $name", ({ args, line }) => expect(args).toEqual(line.split(" ")))

  test.each([
    { args: listTagsArgs, words: ["ls"] },
    { args: digestArgs, words: ["digest"] },
    { args: manifestArgs, words: ["manifest"] },
    { args: configArgs, words: ["config"] },
    { args: deleteArgs, words: ["delete"] },
  ])("crane $words, over plain HTTP only where that is said", ({ args, words }) => {
    expect(args("registry.test/app", { plainHttp: false })).toEqual([...words, "registry.test/app"])
    expect(args("registry.test/app", { plainHttp: true })).toEqual([...words, "--insecure", "registry.test/app"])
  })
})
