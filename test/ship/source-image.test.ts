import { expect, test } from "vitest"
import type { CiRun } from "../../lib/config/ci.ts"
import type { Revision } from "../../lib/config/revision.ts"
import { releaseRevision } from "../../lib/ship/source-image.ts"

const revision: Revision = { commit: "f00d", time: 1, tags: ["v1"], dirty: false }
const ci: CiRun = { system: "github", branch: "main", tag: "v2" }

test.each<{ name: string; revision?: Revision; ci?: CiRun; is?: Revision }>([
  { name: "no git checkout is none in CI either", ci, is: undefined },
  { name: "no CI leaves it as it is", revision, is: revision },
  {
    name: "CI names the branch of a checkout without one",
    revision,
    ci: { ...ci, tag: undefined },
    is: { ...revision, branch: "main" },
  },
  {
    name: "the checkout's own branch counts more",
    revision: { ...revision, branch: "fix" },
    ci: { system: "github", branch: "main" },
    is: { ...revision, branch: "fix" },
  },
  { name: "CI names the tag that it runs for", revision, ci, is: { ...revision, branch: "main", tags: ["v1", "v2"] } },
  {
    name: "a tag is there once",
    revision: { ...revision, tags: ["v2"] },
    ci,
    is: { ...revision, branch: "main", tags: ["v2"] },
  },
])("$name", ({ revision, ci, is }) => expect(releaseRevision(revision, { ci })).toEqual(is))

test.each([
  { name: "a slash", tags: ["api/v1.4.0", "web/v9.0.0"], own: ["v1.4.0"] },
  { name: "a dash", tags: ["api-1.4.0"], own: ["1.4.0"] },
  { name: "an at sign", tags: ["api@1.4.0-rc.1"], own: ["1.4.0-rc.1"] },
  { name: "all of them before the repository's", tags: ["v2.0.0", "api/v1.4.0"], own: ["v1.4.0"] },
  { name: "the repository's where it has none", tags: ["v2.0.0", "web/v1.4.0"], own: ["v2.0.0", "web/v1.4.0"] },
  { name: "no other service's of a longer name", tags: ["api-gateway/v3.0.0"], own: ["api-gateway/v3.0.0"] },
  { name: "no word that is no version", tags: ["api/stable"], own: ["api/stable"] },
])("the versions of a service are those behind its name and $name", ({ tags, own }) => {
  expect(releaseRevision({ ...revision, tags }, { service: "api" })?.tags).toEqual(own)
})

test("a pipeline for a service's own tag", () => {
  const facts = { ci: { ...ci, tag: "api/v3.0.0" }, service: "api" }
  expect(releaseRevision({ ...revision, tags: [] }, facts)?.tags).toEqual(["v3.0.0"])
})
