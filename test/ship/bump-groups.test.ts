import { expect, test } from "vitest"
import type { BumpRequest } from "../../src/gitops/request.ts"
import { byTarget } from "../../src/ship/bump-groups.ts"

const request = {} as BumpRequest
const bump = (repo: string, branch: string, path: string) => ({ request, place: { repo, branch, path } })

test.each([
  { name: "one repository and branch", asked: [bump("r", "main", "a"), bump("r", "main", "b")], groups: [["a", "b"]] },
  { name: "another branch", asked: [bump("r", "main", "a"), bump("r", "live", "b")], groups: [["a"], ["b"]] },
  {
    name: "another repository",
    asked: [bump("r", "main", "a"), bump("s", "main", "b"), bump("r", "main", "c")],
    groups: [["a", "c"], ["b"]],
  },
  { name: "nothing", asked: [], groups: [] },
])("commits for $name", ({ asked, groups }) => {
  expect(byTarget(asked).map((group) => group.map(({ place }) => place.path))).toEqual(groups)
})
