import { describe, expect, test } from "vitest"
import { parseCi } from "../../lib/config/ci.ts"

const GITHUB = [
  ...["GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=acme/app", "GITHUB_RUN_ID=7"],
  "GITHUB_WORKFLOW_REF=acme/app/.github/workflows/ship.yml@refs/heads/main",
]
const run = { system: "github", url: "https://github.com/acme/app/actions/runs/7" }
const repository = "https://github.com/acme/app"
const builderId = "https://github.com/acme/app/.github/workflows/ship.yml@refs/heads/main"

const signer = { identity: builderId, issuer: "https://token.actions.githubusercontent.com" }

describe("a job at GitHub", () => {
  test.each([
    { name: "a branch", add: ["GITHUB_REF=refs/heads/main"], is: { branch: "main" } },
    { name: "a branch with a slash", add: ["GITHUB_REF=refs/heads/fix/a=b"], is: { branch: "fix/a=b" } },
    { name: "a tag", add: ["GITHUB_REF=refs/tags/v1.2.3"], is: { tag: "v1.2.3" } },
    {
      name: "a protected branch",
      add: ["GITHUB_REF_PROTECTED=true", "GITHUB_EVENT_NAME=push"],
      is: { isProtected: true },
    },
    {
      name: "an open branch",
      add: ["GITHUB_REF_PROTECTED=false", "GITHUB_EVENT_NAME=push"],
      is: { isProtected: false },
    },
    {
      name: "a pull request",
      add: ["GITHUB_REF=refs/pull/12/merge", "GITHUB_HEAD_REF=fix"],
      is: { pullRequest: "12", branch: "fix" },
    },
    {
      name: "pull_request_target, whose ref is the base branch",
      add: ["GITHUB_EVENT_NAME=pull_request_target", "GITHUB_REF=refs/heads/main", "GITHUB_HEAD_REF=fix"],
      is: { pullRequest: "unknown", branch: "fix" },
    },
    {
      name: "pull_request_target, by the event only",
      add: ["GITHUB_EVENT_NAME=pull_request_target", "GITHUB_REF=refs/heads/main"],
      is: { pullRequest: "unknown" },
    },
    {
      name: "pull_request_target, by the head branch only",
      add: ["GITHUB_REF=refs/heads/main", "GITHUB_HEAD_REF=fix"],
      is: { pullRequest: "unknown", branch: "fix" },
    },
    {
      name: "a merge queue",
      add: ["GITHUB_EVENT_NAME=merge_group", "GITHUB_REF=refs/heads/gh-readonly-queue/main/pr-12-c0ffee"],
      is: { pullRequest: "12" },
    },
    {
      name: "a push",
      add: ["GITHUB_EVENT_NAME=push", "GITHUB_REF=refs/heads/trunk", "GITHUB_DEFAULT_BRANCH=trunk"],
      is: { branch: "trunk", defaultBranch: "trunk" },
    },
    {
      name: "a branch with commas, which the command line splits",
      add: ["GITHUB_REF=refs/heads/fix", "comma", "", "A=b"],
      is: { branch: "fix,comma,,A=b" },
    },
    {
      name: "an empty variable",
      add: ["GITHUB_REF=refs/heads/main", "GITHUB_HEAD_REF="],
      is: { branch: "main" },
    },
  ])("for $name", ({ add, is }) =>
    expect(parseCi([...GITHUB, ...add])).toEqual({ ...run, repository, builderId, signer, ...is }),
  )

  test("without a workflow has its repository as builder", () => {
    expect(parseCi(["GITHUB_REPOSITORY=acme/app"])).toEqual({
      ...{ system: "github", repository },
      builderId: "https://github.com/acme/app",
    })
  })

  test.each([
    { name: "its user", add: ["GITHUB_ACTOR=mona"], actor: "mona" },
    {
      name: "the user who ran it again",
      add: ["GITHUB_ACTOR=mona", "GITHUB_TRIGGERING_ACTOR=hubot"],
      actor: "hubot",
    },
  ])("names $name", ({ add, actor }) => expect(parseCi([...GITHUB, ...add])?.actor).toBe(actor))
})

describe("a job at GitLab", () => {
  const base = [
    "CI_PROJECT_URL=https://gitlab.com/acme/app",
    "CI_PIPELINE_URL=https://gitlab.com/acme/app/-/pipelines/9",
  ]
  const is = {
    system: "gitlab",
    url: "https://gitlab.com/acme/app/-/pipelines/9",
    repository: "https://gitlab.com/acme/app",
    builderId: "https://gitlab.com/acme/app",
  }
  test.each([
    { name: "a user", add: ["GITLAB_USER_LOGIN=mona"], more: { actor: "mona" } },
    {
      name: "a branch",
      add: ["CI_COMMIT_BRANCH=main", "CI_DEFAULT_BRANCH=main"],
      more: { branch: "main", defaultBranch: "main" },
    },
    { name: "a tag", add: ["CI_COMMIT_TAG=v1"], more: { tag: "v1" } },
    {
      name: "a merge request",
      add: ["CI_MERGE_REQUEST_IID=3", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=fix"],
      more: { pullRequest: "3", branch: "fix" },
    },
    {
      name: "a pull request of another forge",
      add: ["CI_COMMIT_BRANCH=fix", "CI_EXTERNAL_PULL_REQUEST_IID=4"],
      more: { pullRequest: "4", branch: "fix" },
    },
    { name: "a known runner", add: ["CI_RUNNER_ID=5"], more: { builderId: "https://gitlab.com/acme/app/-/runners/5" } },
  ])("for $name", ({ add, more }) => expect(parseCi([...base, ...add])).toEqual({ ...is, ...more }))
})

const WORKFLOW = "acme/app/.github/workflows/ship.yml@refs/heads/main"
const PROJECT = "CI_PROJECT_URL=https://gitlab.com/acme/app"
const GITLAB = ["CI_SERVER_URL=https://gitlab.com", PROJECT]
const onGitlab = (definition: string) => ({
  identity: `https://gitlab.com/acme/app//${definition}`,
  issuer: "https://gitlab.com",
})
test.each<{ name: string; variables: string[]; signer?: object }>([
  { name: "GitHub.com", variables: [`GITHUB_WORKFLOW_REF=${WORKFLOW}`], signer },
  {
    name: "an Enterprise Server",
    variables: ["GITHUB_SERVER_URL=https://git.acme.example", `GITHUB_WORKFLOW_REF=${WORKFLOW}`],
    signer: { identity: `https://git.acme.example/${WORKFLOW}`, issuer: "https://git.acme.example/_services/token" },
  },
  {
    name: "GitHub with data residency",
    variables: ["GITHUB_SERVER_URL=https://acme.ghe.com", `GITHUB_WORKFLOW_REF=${WORKFLOW}`],
    signer: { identity: `https://acme.ghe.com/${WORKFLOW}`, issuer: "https://token.actions.acme.ghe.com" },
  },
  { name: "GitHub without the workflow: none", variables: ["GITHUB_REPOSITORY=acme/app"] },
  {
    name: "a branch at GitLab",
    variables: [...GITLAB, "CI_COMMIT_BRANCH=main"],
    signer: onGitlab(".gitlab-ci.yml@refs/heads/main"),
  },
  {
    name: "a tag at GitLab, with another file",
    variables: [...GITLAB, "CI_COMMIT_TAG=v1", "CI_CONFIG_PATH=ci/ship.yml"],
    signer: onGitlab("ci/ship.yml@refs/tags/v1"),
  },
  {
    name: "GitLab by its own variable, whatever the others say",
    variables: [
      ...GITLAB,
      ...["CI_COMMIT_BRANCH=main", "CI_CONFIG_REF_URI=gitlab.com/acme/app//a.yml@refs/heads/main"],
    ],
    signer: onGitlab("a.yml@refs/heads/main"),
  },
  { name: "GitLab without its address: none", variables: [PROJECT, "CI_COMMIT_BRANCH=main"] },
  { name: "GitLab without a branch or tag: none", variables: GITLAB },
  {
    name: "a file of another project: none",
    variables: [...GITLAB, "CI_COMMIT_BRANCH=main", "CI_CONFIG_PATH=ci.yml@acme/templates"],
  },
  {
    name: "a file of another server: none",
    variables: [...GITLAB, "CI_COMMIT_BRANCH=main", "CI_CONFIG_PATH=https://ci.acme.example/ci.yml"],
  },
])("the signer of a job is named by its CI system: $name", ({ variables, signer: expected }) => {
  expect(parseCi(variables)?.signer).toEqual(expected)
})

test.each([[[]], [["GITHUB_REF="]]])("%j is not a job", (variables) => expect(parseCi(variables)).toBeUndefined())

test.each([
  { variables: ["GITHUB_REF"], error: 'expected NAME=value for each variable in --ci, got "GITHUB_REF"' },
  { variables: ["GITHUB_REF=a", "CI_COMMIT_BRANCH=b"], error: "got GITHUB_REF, CI_COMMIT_BRANCH" },
  { variables: ["GITHUB_REF=refs/heads/a", "GITHUB_REF=refs/heads/main"], error: "one value of GITHUB_REF in --ci" },
  { variables: ["comma", "GITHUB_REF=a"], error: 'got "comma"' },
  { variables: ["HOME=/root"], error: "got HOME" },
])("refuses $variables", ({ variables, error }) => {
  expect(() => parseCi(variables)).toThrow(/^OPTIONS_INVALID: /)
  expect(() => parseCi(variables)).toThrow(error)
})
