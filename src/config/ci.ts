import { quote, SlipwayError } from "../error.ts"

/** What a CI job says of itself. `builderId` is whoever could have changed what it built, `url` its run for people. */
export type CiRun = {
  system: "github" | "gitlab"
  branch?: string
  tag?: string
  defaultBranch?: string
  /** The number of the pull or merge request that the job runs for. */
  pullRequest?: string
  url?: string
  builderId?: string
}

type Variables = Record<string, string>

/** Reads the job's variables as the caller passes them, NAME=value; nothing is taken from anywhere else. */
export function parseCi(assignments: string[]): CiRun | undefined {
  const variables = Object.fromEntries(assignments.map(readVariable).filter(([, value]) => value !== ""))
  const names = Object.keys(variables)
  if (names.length === 0) return undefined
  if (names.every((name) => name.startsWith("GITHUB_"))) return compact(readGithub(variables))
  if (names.every((name) => name.startsWith("CI_"))) return compact(readGitlab(variables))
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the variables of one CI job for --ci, all GITHUB_… or all CI_…",
    got: names.join(", "),
    fix: "Pass those that examples/ci passes, or leave --ci out.",
  })
}

function readVariable(assignment: string): [string, string] {
  const at = assignment.indexOf("=")
  if (at > 0) return [assignment.slice(0, at), assignment.slice(at + 1)]
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "NAME=value for each of --ci",
    got: quote(assignment),
    fix: 'Write, for example, --ci="GITHUB_REF=$GITHUB_REF".',
  })
}

/** https://docs.github.com/actions/reference/workflows-and-actions/variables; Gitea and Forgejo have the same. */
function readGithub(variables: Variables): CiRun {
  const { GITHUB_SERVER_URL = "https://github.com", GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_REF = "" } = variables
  const repository = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
  const workflow = variables["GITHUB_WORKFLOW_REF"]
  const [, kind, name] = GITHUB_REF.match(/^refs\/(heads|tags|pull)\/(.+)$/) ?? []
  return {
    system: "github",
    branch: kind === "heads" ? name : variables["GITHUB_HEAD_REF"],
    tag: kind === "tags" ? name : undefined,
    pullRequest: kind === "pull" ? name?.split("/")[0] : undefined,
    url: repository && GITHUB_RUN_ID && `${repository}/actions/runs/${GITHUB_RUN_ID}`,
    builderId: workflow ? `${GITHUB_SERVER_URL}/${workflow}` : repository,
  }
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/ */
function readGitlab(variables: Variables): CiRun {
  const { CI_PROJECT_URL, CI_RUNNER_ID } = variables
  return {
    system: "gitlab",
    branch: variables["CI_COMMIT_BRANCH"] ?? variables["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"],
    tag: variables["CI_COMMIT_TAG"],
    defaultBranch: variables["CI_DEFAULT_BRANCH"],
    pullRequest: variables["CI_MERGE_REQUEST_IID"],
    url: variables["CI_PIPELINE_URL"],
    builderId: CI_PROJECT_URL && CI_RUNNER_ID ? `${CI_PROJECT_URL}/-/runners/${CI_RUNNER_ID}` : CI_PROJECT_URL,
  }
}

function compact({ system, ...rest }: CiRun): CiRun {
  return { system, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value)) }
}
