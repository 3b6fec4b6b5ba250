import { expect, test } from "vitest"
import type { Digest } from "../../lib/oci/reference.ts"
import { deployedImage } from "../../lib/ship/baseline.ts"
import type { Place } from "../../lib/ship/delivery.ts"

const [one, other] = ["1a", "2b"].map((byte) => `sha256:${byte.repeat(32)}` as Digest)
const repository = { host: "ghcr.io", path: "acme/app", name: "ghcr.io/acme/app" }
const bump = { path: "overlays/prod" } as Place["bump"]
const place = { mode: "delivery" as const, repository, bump, deployed: one ? [one] : [] }

test("is the digest that the bump would replace, in the repository of the release", () => {
  expect(deployedImage(place)).toEqual({ ref: `ghcr.io/acme/app@${one}` })
})

test.each<{ name: string; own: Partial<typeof place> | { mode: "rehearsal" }; reason: RegExp }>([
  { name: "a rehearsal", own: { mode: "rehearsal" }, reason: /^a rehearsal has no deployed image$/ },
  { name: "no GitOps repository", own: { bump: undefined, deployed: undefined }, reason: /^without gitops\.repo, / },
  { name: "the first release", own: { deployed: [] }, reason: /^overlays\/prod names no digest yet, / },
  {
    name: "several digests",
    own: { deployed: [one, other].flatMap((digest) => digest ?? []) },
    reason: /^overlays\/prod names several digests: sha256:1a\w+, sha256:2b\w+$/,
  },
])("is none for $name, and says why", ({ own, reason }) => {
  expect(deployedImage({ ...place, ...own })).toEqual({ kind: "none", reason: expect.stringMatching(reason) })
})

test("is that of the release for a preview, not the preview's own", () => {
  const preview = { ...place, bump: { path: "previews/pr-7" } as Place["bump"], deployed: [other as Digest] }
  const baseline = { path: "overlays/prod", deployed: [one as Digest] }
  expect(deployedImage({ ...preview, baseline })).toEqual({ ref: `ghcr.io/acme/app@${one}` })
  expect(deployedImage({ ...preview, baseline: { reason: "no release" } })).toEqual({
    kind: "none",
    reason: "no release",
  })
})
