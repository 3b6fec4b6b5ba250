import { describe, expect, test } from "vitest"
import { parseCiRequest } from "../../lib/config/ci-request.ts"

const commit = "0a".repeat(20)
const GITHUB = {
  GITHUB_REPOSITORY: "acme/app",
  GITHUB_REPOSITORY_ID: "1",
  GITHUB_HEAD_REPOSITORY_ID: "1",
  GITHUB_HEAD_SHA: commit,
  GITHUB_REF: "refs/pull/12/merge",
  GITHUB_EVENT_NAME: "pull_request",
}
const GITLAB = {
  CI_PROJECT_URL: "https://gitlab.com/acme/app",
  CI_MERGE_REQUEST_IID: "12",
  CI_MERGE_REQUEST_PROJECT_ID: "1",
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
  CI_COMMIT_SHA: commit,
}
const given = (variables: Record<string, string | undefined>) =>
  parseCiRequest(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
  )

describe("the request of a job", () => {
  test("is one of the own repository", () => {
    const own = { kind: "own", number: 12, commit }
    expect(given(GITHUB)).toEqual({ ...own, repository: "https://github.com/acme/app", system: "github" })
    expect(given(GITLAB)).toEqual({ ...own, repository: "https://gitlab.com/acme/app", system: "gitlab" })
  })

  test("has the branch's tip in a pipeline of merged results", () => {
    const tip = "1b".repeat(20)
    expect(given({ ...GITLAB, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: tip })).toMatchObject({ commit: tip })
  })

  test.each([
    { name: "a branch of GitHub", variables: { ...GITHUB, GITHUB_REF: "refs/heads/main", GITHUB_EVENT_NAME: "push" } },
    { name: "a branch of GitLab", variables: { CI_COMMIT_BRANCH: "main", CI_COMMIT_SHA: commit } },
  ])("is none on $name", ({ variables }) => {
    expect(given(variables)).toBeUndefined()
  })

  const fork = "the request is from a fork"
  test.each([
    { name: "a fork at GitHub", variables: { ...GITHUB, GITHUB_HEAD_REPOSITORY_ID: "2" }, reason: fork },
    { name: "a fork at GitLab", variables: { ...GITLAB, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2" }, reason: fork },
    {
      name: "a deleted fork, whose ID is empty",
      variables: { ...GITHUB, GITHUB_HEAD_REPOSITORY_ID: "" },
      reason: /^not known from --ci: the repositories of the request \(GITHUB_REPOSITORY_ID and/,
    },
    {
      name: "names instead of IDs",
      variables: { ...GITHUB, GITHUB_REPOSITORY_ID: "acme/app", GITHUB_HEAD_REPOSITORY_ID: "acme/app" },
      reason: /: the repositories/,
    },
    {
      name: "pull_request_target, which runs with the rights of the base",
      variables: { ...GITHUB, GITHUB_EVENT_NAME: "pull_request_target" },
      reason: /: the number/,
    },
    {
      name: "a merge queue",
      variables: {
        ...GITHUB,
        GITHUB_EVENT_NAME: "merge_group",
        GITHUB_REF: "refs/heads/gh-readonly-queue/main/pr-12-c0",
      },
      reason: /: the number/,
    },
    {
      name: "a number that is a path",
      variables: { ...GITHUB, GITHUB_REF: "refs/pull/../../prod/merge" },
      reason: /: the number/,
    },
    {
      name: "a number with a zero in front",
      variables: { ...GITLAB, CI_MERGE_REQUEST_IID: "012" },
      reason: /: the number/,
    },
    {
      name: "a short commit",
      variables: { ...GITHUB, GITHUB_HEAD_SHA: "0a0a0a0" },
      reason: /: the commit .* \(GITHUB_HEAD_SHA\)$/,
    },
    { name: "a commit with a tail", variables: { ...GITLAB, CI_COMMIT_SHA: `${commit};id` }, reason: /: the commit/ },
    { name: "no repository", variables: { ...GITHUB, GITHUB_REPOSITORY: "" }, reason: /: the repository \(/ },
    { name: "an external request of GitLab", variables: { CI_EXTERNAL_PULL_REQUEST_IID: "1" }, reason: /: the number/ },
  ])("is foreign for $name", ({ variables, reason }) => {
    expect(given(variables)).toEqual({
      kind: "foreign",
      reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
    })
  })
})
