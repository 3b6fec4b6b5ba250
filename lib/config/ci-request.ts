import { type CiRun, parseCi, readVariables } from "./ci.ts"

/**
 * The pull or merge request of a CI job. `own`: its branch is in the repository itself; `commit` is the branch's tip, which
 * is not the merge commit that a forge checks out by default. `foreign`: a fork, or a request of which that is not known.
 */
export type CiRequest =
  | { kind: "own"; number: number; commit: string; repository: string; system: CiRun["system"] }
  | { kind: "foreign"; reason: string }

/** The request that the job's variables describe; none if the job is not one of a request. */
export function parseCiRequest(assignments: string[]): CiRequest | undefined {
  const ci = parseCi(assignments)
  if (!ci?.pullRequest) return undefined
  const variables = readVariables(assignments)
  return judgeRequest(ci.system, ci.system === "github" ? githubFacts(variables) : gitlabFacts(variables))
}

type Variables = Record<string, string>

/** `source` and `target` are the IDs of the repositories that the request is from and for. */
type RequestFacts = { number?: string; commit?: string; repository?: string; source?: string; target?: string }

const NUMBER = /^[1-9][0-9]{0,9}$/
const COMMIT = /^[0-9a-f]{40}$/
const ID = /^[0-9]{1,20}$/

/** Whatever is missing or of another form counts as a fork: a job that lacks a variable must not get the rights of a release. */
function judgeRequest(
  system: CiRun["system"],
  { number = "", commit = "", repository, source = "", target = "" }: RequestFacts,
): CiRequest {
  const names = VARIABLES[system]
  if (!NUMBER.test(number)) return unknown("the number of the request", names.number)
  if (!ID.test(source) || !ID.test(target)) return unknown("the repositories of the request", names.repositories)
  if (source !== target) return { kind: "foreign", reason: "the request is from a fork" }
  if (!COMMIT.test(commit)) return unknown("the commit at the head of the request", names.commit)
  if (!repository) return unknown("the repository", names.repository)
  return { kind: "own", number: Number(number), commit, repository, system }
}

function unknown(what: string, variables: string): CiRequest {
  return { kind: "foreign", reason: `not known from --ci: ${what} (${variables})` }
}

const VARIABLES = {
  github: {
    number: "GITHUB_REF",
    repositories: "GITHUB_REPOSITORY_ID and GITHUB_HEAD_REPOSITORY_ID",
    commit: "GITHUB_HEAD_SHA",
    repository: "GITHUB_REPOSITORY",
  },
  gitlab: {
    number: "CI_MERGE_REQUEST_IID",
    repositories: "CI_MERGE_REQUEST_PROJECT_ID and CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
    commit: "CI_COMMIT_SHA",
    repository: "CI_PROJECT_URL",
  },
}

/**
 * GitHub, Gitea and Forgejo. The job's own variables have neither the source repository nor the tip of its branch, so the
 * workflow passes them from its event. Only an event of a request itself counts, not pull_request_target or a merge queue.
 */
function githubFacts(variables: Variables): RequestFacts {
  const { GITHUB_SERVER_URL = "https://github.com", GITHUB_REPOSITORY, GITHUB_REF = "" } = variables
  const [, number] = GITHUB_REF.match(/^refs\/pull\/([^/]+)\/(?:merge|head)$/) ?? []
  const isRequest = (variables["GITHUB_EVENT_NAME"] ?? "pull_request") === "pull_request"
  return {
    ...(number && isRequest && { number }),
    commit: variables["GITHUB_HEAD_SHA"],
    repository: GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`,
    source: variables["GITHUB_HEAD_REPOSITORY_ID"],
    target: variables["GITHUB_REPOSITORY_ID"],
  }
}

/** In a pipeline of merged results, CI_COMMIT_SHA is the merge commit, and another variable has the branch's tip. */
function gitlabFacts(variables: Variables): RequestFacts {
  return {
    number: variables["CI_MERGE_REQUEST_IID"],
    commit: variables["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"] ?? variables["CI_COMMIT_SHA"],
    repository: variables["CI_PROJECT_URL"],
    source: variables["CI_MERGE_REQUEST_SOURCE_PROJECT_ID"],
    target: variables["CI_MERGE_REQUEST_PROJECT_ID"],
  }
}
