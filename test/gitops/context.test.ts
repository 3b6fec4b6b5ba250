import type { Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { parseDelivery } from "../../lib/gitops/context.ts"
import { parseGitRemote } from "../../lib/gitops/git/remote.ts"

const [token, other] = [{ own: 1 } as unknown as Secret, { own: 2 } as unknown as Secret]
const remote = parseGitRemote("https://github.com/acme/deploy")
const access = { remote, login: { token } }

test("delivers by a push by default", () => {
  expect(parseDelivery({}, { remote })).toEqual({ kind: "push" })
})

test("delivers by a pull request with git's token, or with a separate one", () => {
  expect(parseDelivery({ pullRequest: true }, access)).toMatchObject({ kind: "request", autoMerge: false, token })
  expect(parseDelivery({ pullRequest: true, token: other }, access)).toMatchObject({ token: other })
})

test.each([
  {
    name: "auto-merge without a pull request",
    choice: { autoMerge: true },
    given: access,
    error: /expected --pull-request with --auto-merge/,
  },
  {
    name: "an unknown forge, even for a push",
    choice: { forge: "gitlb" },
    given: access,
    error: /expected --forge to be one of GITHUB, .*got "gitlb"/,
  },
  {
    name: "a pull request without a token",
    choice: { pullRequest: true },
    given: { remote },
    error: /expected a token for GitHub's API.*--git-forge-token/,
  },
  {
    name: "auto-merge with a forge whose API does not support it",
    choice: { pullRequest: true, autoMerge: true, forge: "bitbucket" },
    given: access,
    error: /got Bitbucket, whose API does not/,
  },
])("refuses $name", ({ choice, given, error }) => {
  expect(() => parseDelivery(choice, given)).toThrow(error)
})
