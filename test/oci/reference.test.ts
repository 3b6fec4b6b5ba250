import { describe, expect, test } from "vitest"
import {
  blobPath,
  Digest,
  digestOf,
  digestRef,
  digestsIn,
  parseDigestRef,
  parseRepository,
  splitDigestRef,
} from "../../lib/oci/reference.ts"

describe("digest", () => {
  const EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  test.each([
    { content: "", digest: EMPTY },
    { content: "abc", digest: "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { content: new Uint8Array([97, 98, 99]), digest: digestOf("abc") },
  ])("hashes the bytes of $content", ({ content, digest }) => {
    expect(digestOf(content)).toBe(digest)
  })

  test("stores a blob under its algorithm and hash", () => {
    expect(blobPath(digestOf(""))).toBe(`blobs/${EMPTY.replace(":", "/")}`)
  })

  test.each([
    { name: "another algorithm", text: "sha512:".padEnd(135, "0") },
    { name: "capitals", text: EMPTY.toUpperCase() },
    { name: "a short hash", text: EMPTY.slice(0, -1) },
    { name: "a hash alone", text: EMPTY.slice(7) },
    { name: "a trailing newline", text: `${EMPTY}\n` },
  ])("refuses $name as a digest", ({ text }) => {
    expect(Digest.safeParse(text).success).toBe(false)
  })

  test.each([
    { text: "", digests: [] },
    { text: `ghcr.io/acme/app:v1@${EMPTY}`, digests: [EMPTY] },
    { text: `${EMPTY}, then ${digestOf("abc")}`, digests: [EMPTY, digestOf("abc")] },
    { text: "sha256:e3b0c442", digests: [] },
  ])("finds the digests in $text", ({ text, digests }) => {
    expect(digestsIn(text)).toEqual(digests)
  })
})

describe("repository", () => {
  test.each([
    { text: "ghcr.io/acme/app", host: "ghcr.io", path: "acme/app" },
    { text: "localhost/app", host: "localhost", path: "app" },
    { text: "localhost:5000/app", host: "localhost:5000", path: "app" },
    { text: "registry:5000/a/b/c/d", host: "registry:5000", path: "a/b/c/d" },
    { text: "[2001:db8::1]:443/app", host: "[2001:db8::1]:443", path: "app" },
    { text: "docker.io/library/a__b-c.d", host: "docker.io", path: "library/a__b-c.d" },
  ])("reads $text with the host $host", ({ text, host, path }) => {
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
    { name: "with only a host", text: "ghcr.io" },
    { name: "that is empty", text: "" },
  ])("refuses an address $name", ({ text }) => {
    expect(() => parseRepository(text)).toThrow(
      /^ADDRESS_INVALID: expected host\[:port\]\/repository without tag or digest/,
    )
  })
})

describe("digest ref", () => {
  const digest = digestOf("")

  describe("a reference by digest", () => {
    test.each([
      { name: "is read unchanged", text: `ghcr.io/acme/app@${digest}`, ref: `ghcr.io/acme/app@${digest}` },
      {
        name: "is read without its tag",
        text: `ghcr.io/acme/app:v1@${digest}`,
        ref: `ghcr.io/acme/app@${digest}`,
      },
      { name: "may have a port", text: `localhost:5000/app:v1@${digest}`, ref: `localhost:5000/app@${digest}` },
      { name: "may have an IPv6 host", text: `[::1]:5000/a/b/c@${digest}`, ref: `[::1]:5000/a/b/c@${digest}` },
    ])("$name", ({ text, ref }) => expect(parseDigestRef(text)).toBe(ref))

    test.each([
      { name: "a tag", text: "ghcr.io/acme/app:v1" },
      { name: "no tag and no digest", text: "ghcr.io/acme/app" },
      { name: "a digest alone", text: digest },
      { name: "a short digest", text: `ghcr.io/acme/app@${digest.slice(0, -1)}` },
      { name: "capitals in the path", text: `ghcr.io/Acme/app@${digest}` },
      { name: "a scheme", text: `https://ghcr.io/acme/app@${digest}` },
      { name: "a trailing newline", text: `ghcr.io/acme/app@${digest}\n` },
      { name: "a host only", text: `ghcr.io@${digest}` },
    ])("is refused with $name", ({ text }) => {
      expect(() => parseDigestRef(text)).toThrow(`REFERENCE_INVALID: expected host/repository@sha256:<64 hex digits>`)
      expect(() => parseDigestRef(text)).toThrow(JSON.stringify(text))
    })
  })

  test("consists of a repository and a digest", () => {
    const repository = parseRepository("registry.acme.test:5000/team/app")
    const ref = digestRef(repository, digest)
    expect(ref).toBe(`registry.acme.test:5000/team/app@${digest}`)
    expect(splitDigestRef(ref)).toEqual({ repository, digest })
  })
})
