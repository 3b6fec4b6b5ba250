import { expect, test } from "vitest"
import type { CiRun } from "../../lib/config/ci.ts"
import type { Revision } from "../../lib/config/revision.ts"
import { releaseRevision } from "../../lib/ship/source-image.ts"

const revision: Revision = { commit: "f00d", time: 1, tags: ["v1"], dirty: false }
const ci: CiRun = { system: "github", branch: "main", tag: "v2" }

test.each<{ name: string; revision?: Revision; ci?: CiRun; is?: Revision }>([
  { name: "CI adds no revision without a git checkout", ci, is: undefined },
  { name: "the revision is unchanged without CI", revision, is: revision },
  {
    name: "CI names the branch of a checkout without one",
    revision,
    ci: { ...ci, tag: undefined },
    is: { ...revision, branch: "main" },
  },
  {
    name: "the checkout's branch precedes the CI's",
    revision: { ...revision, branch: "fix" },
    ci: { system: "github", branch: "main" },
    is: { ...revision, branch: "fix" },
  },
  { name: "CI adds the tag that it runs for", revision, ci, is: { ...revision, branch: "main", tags: ["v1", "v2"] } },
  {
    name: "CI adds no tag twice",
    revision: { ...revision, tags: ["v2"] },
    ci,
    is: { ...revision, branch: "main", tags: ["v2"] },
  },
])("$name", ({ revision, ci, is }) => expect(releaseRevision(revision, { ci })).toEqual(is))

test.each([
  { name: "a slash", tags: ["api/v1.4.0", "web/v9.0.0"], own: ["v1.4.0"] },
  { name: "a dash", tags: ["api-1.4.0"], own: ["1.4.0"] },
  { name: "an at sign", tags: ["api@1.4.0-rc.1"], own: ["1.4.0-rc.1"] },
  { name: "a slash, before the repository's", tags: ["v2.0.0", "api/v1.4.0"], own: ["v1.4.0"] },
  { name: "a slash, else the repository's", tags: ["v2.0.0", "web/v1.4.0"], own: ["v2.0.0", "web/v1.4.0"] },
  {
    name: "a slash, not those of a service with a longer name",
    tags: ["api-gateway/v3.0.0"],
    own: ["api-gateway/v3.0.0"],
  },
  { name: "a slash, not other tags", tags: ["api/stable"], own: ["api/stable"] },
])("a service's versions are the git tags with its name and $name", ({ tags, own }) => {
  expect(releaseRevision({ ...revision, tags }, { service: "api" })?.tags).toEqual(own)
})

test("a pipeline for a service's tag has the service's version", () => {
  const facts = { ci: { ...ci, tag: "api/v3.0.0" }, service: "api" }
  expect(releaseRevision({ ...revision, tags: [] }, facts)?.tags).toEqual(["v3.0.0"])
})
