import { expect, test } from "vitest"
import type { CiRun } from "../../src/config/ci.ts"
import type { Revision } from "../../src/config/revision.ts"
import { ciRevision } from "../../src/ship/revision.ts"

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
])("$name", ({ revision, ci, is }) => expect(ciRevision(revision, ci)).toEqual(is))
