import { expect, test } from "vitest"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { renderTagged } from "../../lib/publish/tagged-text.ts"

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

test("says which image keeps a tag, what it was at, and what is not earned", () => {
  const kept = { name: "latest", change: "superseded" as const, newer: "beef" }
  const moved = { name: "stable", change: "moved" as const, unordered: true }
  const foreign = { name: "v1", change: "moved" as const, foreign: "https://git.example/acme/old" }
  const unearned = [{ template: "{semver}", reason: "not earned with uncommitted changes" }]
  expect(renderTagged(ref, [kept, moved, foreign], unearned)).toBe(
    `${ref}\n  latest (left at the newer beef)\n  stable (moved; nothing says of which commit the image there was)\n  v1 (moved; the image there came from another repository, https://git.example/acme/old)\n  {semver}: not earned with uncommitted changes`,
  )
})
