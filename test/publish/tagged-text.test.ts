import { expect, test } from "vitest"
import { parseDigestRef } from "../../src/oci/digest-ref.ts"
import { renderTagged } from "../../src/publish/tagged-text.ts"

const ref = parseDigestRef(`ghcr.io/acme/app@sha256:${"0a".repeat(32)}`)

test("says of each tag what became of it", () => {
  const written = [
    { name: "v1.2.3", change: "created" as const },
    { name: "v1.2", change: "unchanged" as const },
    { name: "latest", change: "moved" as const },
  ]
  expect(renderTagged(ref, written)).toBe(`${ref}\n  v1.2.3 (created)\n  v1.2 (was there)\n  latest (moved)`)
})

test("says so when a commit earned no tag", () => {
  expect(renderTagged(ref, [])).toBe(`${ref}: none of the tags is earned by this commit, so none was written`)
})
