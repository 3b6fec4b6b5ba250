import type { Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { parseDelivery } from "../../lib/gitops/context.ts"
import { parseGitRemote } from "../../lib/gitops/git/remote.ts"

const [token, other] = [{ own: 1 } as unknown as Secret, { own: 2 } as unknown as Secret]
const remote = parseGitRemote("https://github.com/acme/deploy")
const access = { remote, login: { token } }

test("is a push unless a request is asked for", () => {
  expect(parseDelivery({}, { remote })).toEqual({ kind: "push" })
})

test("is a request with git's token, or with one of its own", () => {
  expect(parseDelivery({ pullRequest: true }, access)).toMatchObject({ kind: "request", autoMerge: false, token })
  expect(parseDelivery({ pullRequest: true, token: other }, access)).toMatchObject({ token: other })
})

test.each([
  {
    name: "auto-merge of nothing",
    choice: { autoMerge: true },
    given: access,
    error: /expected --pull-request with --auto-merge/,
  },
  {
    name: "a forge that there is not, for a push too",
    choice: { forge: "gitlb" },
    given: access,
    error: /expected --forge to be one of GITHUB, .*got "gitlb"/,
  },
  {
    name: "no token",
    choice: { pullRequest: true },
    given: { remote },
    error: /expected a token for GitHub's API.*--git-forge-token/,
  },
  {
    name: "auto-merge where there is no call for it",
    choice: { pullRequest: true, autoMerge: true, forge: "bitbucket" },
    given: access,
    error: /got Bitbucket, which has no call for that/,
  },
])("refuses $name", ({ choice, given, error }) => {
  expect(() => parseDelivery(choice, given)).toThrow(error)
})
