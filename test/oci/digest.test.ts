import { expect, test } from "vitest"
import { blobPath, Digest, digestOf, digestsIn } from "../../lib/oci/digest.ts"

const EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

test.each([
  { content: "", digest: EMPTY },
  { content: "abc", digest: "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
  { content: new Uint8Array([97, 98, 99]), digest: digestOf("abc") },
])("the digest of $content is that of its bytes", ({ content, digest }) => {
  expect(digestOf(content)).toBe(digest)
})

test("a layout keeps content under algorithm and hash", () => {
  expect(blobPath(digestOf(""))).toBe(`blobs/${EMPTY.replace(":", "/")}`)
})

test.each([
  { name: "another algorithm", text: "sha512:".padEnd(135, "0") },
  { name: "capitals", text: EMPTY.toUpperCase() },
  { name: "a short hash", text: EMPTY.slice(0, -1) },
  { name: "a hash alone", text: EMPTY.slice(7) },
  { name: "something after it", text: `${EMPTY}\n` },
])("$name is no digest", ({ text }) => {
  expect(Digest.safeParse(text).success).toBe(false)
})

test.each([
  { text: "", digests: [] },
  { text: `ghcr.io/acme/app:v1@${EMPTY}`, digests: [EMPTY] },
  { text: `${EMPTY}, then ${digestOf("abc")}`, digests: [EMPTY, digestOf("abc")] },
  { text: "sha256:e3b0c442", digests: [] },
])("the digests in $text are found", ({ text, digests }) => {
  expect(digestsIn(text)).toEqual(digests)
})
