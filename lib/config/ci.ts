import { quote, SlipwayError } from "../error.ts"

/** The facts of a CI job. `builderId` identifies who controls the build, `url` is the page of the run. */
export type CiRun = {
  system: "github" | "gitlab"
  branch?: string
  tag?: string
  defaultBranch?: string
  /** Whether only maintainers can change the job's branch or tag; undefined if the variables do not contain it. */
  isProtected?: boolean
  /** The number of the job's pull or merge request; "unknown" if the variables do not contain it. */
  pullRequest?: string
  url?: string
  builderId?: string
  /** The user who started the run, as the job's variables say. */
  actor?: string
  /** The web page of the job's repository. */
  repository?: string
  /** The names in the certificate that Fulcio issues for the job's token. */
  signer?: CiSigner
}

/** An earlier run whose result stands for a stage: its web page, its commit, its time, and who signed the result. */
export type TakenOver = { url?: string; revision?: string; at: string; signer: string }

/** Both are exact names, and only the defaults of a job that signs: a verification never derives them. */
export type CiSigner = { identity: string; issuer: string }

type Variables = Record<string, string>

/** Parses the job's variables, which the caller passes as NAME=value; nothing else is read. */
export function parseCi(assignments: string[]): CiRun | undefined {
  const variables = readVariables(assignments)
  const names = Object.keys(variables)
  if (names.length === 0) return undefined
  if (names.every((name) => name.startsWith("GITHUB_"))) return compact(readGithub(variables))
  if (names.every((name) => /^(?:CI|GITLAB_USER)_/.test(name))) return compact(readGitlab(variables))
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the variables of one CI job in --ci, all GITHUB_… or all CI_… and GITLAB_USER_…",
    got: names.join(", "),
    fix: "Pass the variables of examples/ci, or leave --ci out.",
  })
}

const ASSIGNMENT = /^(?:GITHUB|CI|GITLAB_USER)_[A-Z0-9_]+=/

/** Joins values that the command line split at commas, which branch names may contain: a part without a variable continues the last. */
export function readVariables(assignments: string[]): Variables {
  const whole: string[] = []
  for (const part of assignments) {
    const last = ASSIGNMENT.test(part) ? undefined : whole.pop()
    whole.push(last === undefined ? part : `${last},${part}`)
  }
  const pairs = whole.map(readVariable).filter(([, value]) => value !== "")
  const twice = pairs.find(([name, value]) => pairs.some(([other, its]) => other === name && its !== value))
  if (!twice) return Object.fromEntries(pairs)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `one value of ${twice[0]} in --ci`,
    got: "two different values",
    fix: "Pass each variable once. A branch name must not contain a comma followed by a variable.",
  })
}

function readVariable(assignment: string): [string, string] {
  const at = assignment.indexOf("=")
  if (at > 0) return [assignment.slice(0, at), assignment.slice(at + 1)]
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "NAME=value for each variable in --ci",
    got: quote(assignment),
    fix: 'Write, for example, --ci="GITHUB_REF=$GITHUB_REF".',
  })
}

/** https://docs.github.com/actions/reference/workflows-and-actions/variables; Gitea and Forgejo use the same names. */
function readGithub(variables: Variables): CiRun {
  const { GITHUB_SERVER_URL = "https://github.com", GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_REF = "" } = variables
  const repository = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
  const workflow = variables["GITHUB_WORKFLOW_REF"]
  const [, kind, name] = GITHUB_REF.match(/^refs\/(heads|tags|pull)\/(.+)$/) ?? []
  const { GITHUB_EVENT_NAME: event = "", GITHUB_HEAD_REF: head } = variables
  const proposed = kind === "pull" || head !== undefined || /^(?:pull_request|merge_group)/.test(event)
  return {
    system: "github",
    branch: kind === "heads" && !proposed ? name : head,
    tag: kind === "tags" ? name : undefined,
    defaultBranch: variables["GITHUB_DEFAULT_BRANCH"],
    isProtected: isProtectedAt(event, variables["GITHUB_REF_PROTECTED"]),
    pullRequest: proposed ? (pullNumber(kind, name) ?? UNNUMBERED) : undefined,
    url: repository && GITHUB_RUN_ID && `${repository}/actions/runs/${GITHUB_RUN_ID}`,
    // a job that is run again has another user than the one of the event
    actor: variables["GITHUB_TRIGGERING_ACTOR"] ?? variables["GITHUB_ACTOR"],
    repository,
    builderId: workflow ? `${GITHUB_SERVER_URL}/${workflow}` : repository,
    signer: workflow
      ? { identity: `${GITHUB_SERVER_URL}/${workflow}`, issuer: githubIssuer(GITHUB_SERVER_URL) }
      : undefined,
  }
}

/** https://docs.github.com/actions/reference/security/oidc: GitHub.com, its data residency, and an Enterprise Server. */
function githubIssuer(server: string): string {
  const host = server.replace(/^https?:\/\//, "")
  if (host === "github.com") return "https://token.actions.githubusercontent.com"
  return host.endsWith(".ghe.com") ? `https://token.actions.${host}` : `${server}/_services/token`
}

/** With pull_request_target the job's ref is the base branch, which has no number. */
const UNNUMBERED = "unknown"

function pullNumber(kind?: string, name = ""): string | undefined {
  const [, queued] = name.match(/^gh-readonly-queue\/.+\/pr-([0-9]+)-/) ?? []
  return kind === "pull" ? name.split("/")[0] : queued
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/ */
function readGitlab(variables: Variables): CiRun {
  const { CI_PROJECT_URL, CI_RUNNER_ID, CI_SERVER_URL } = variables
  const definition = gitlabDefinition(variables)
  return {
    system: "gitlab",
    branch: variables["CI_COMMIT_BRANCH"] ?? variables["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"],
    tag: variables["CI_COMMIT_TAG"],
    defaultBranch: variables["CI_DEFAULT_BRANCH"],
    isProtected: readBoolean(variables["CI_COMMIT_REF_PROTECTED"]),
    pullRequest: variables["CI_MERGE_REQUEST_IID"] ?? variables["CI_EXTERNAL_PULL_REQUEST_IID"],
    url: variables["CI_PIPELINE_URL"],
    actor: variables["GITLAB_USER_LOGIN"],
    repository: CI_PROJECT_URL,
    builderId: CI_PROJECT_URL && CI_RUNNER_ID ? `${CI_PROJECT_URL}/-/runners/${CI_RUNNER_ID}` : CI_PROJECT_URL,
    signer: definition && CI_SERVER_URL ? { identity: `https://${definition}`, issuer: CI_SERVER_URL } : undefined,
  }
}

/**
 * The pipeline's definition as the claim ci_config_ref_uri has it (https://docs.gitlab.com/ci/secrets/id_token_authentication/).
 * GitLab passes it as a variable since 18.11; before, it is composed. A file of another project or server has no such claim.
 */
function gitlabDefinition(variables: Variables): string | undefined {
  const { CI_CONFIG_REF_URI, CI_PROJECT_URL, CI_CONFIG_PATH = ".gitlab-ci.yml" } = variables
  if (CI_CONFIG_REF_URI) return CI_CONFIG_REF_URI
  const { CI_COMMIT_TAG: tag } = variables
  // the claim of a merge request's pipeline names its source branch
  const branch = variables["CI_COMMIT_BRANCH"] ?? variables["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"]
  const ref = branch ? `refs/heads/${branch}` : tag && `refs/tags/${tag}`
  if (!CI_PROJECT_URL || !ref || /@|:\/\//.test(CI_CONFIG_PATH)) return undefined
  return `${CI_PROJECT_URL.replace(/^https?:\/\//, "")}//${CI_CONFIG_PATH}@${ref}`
}

/** The events of a branch or tag itself: with others, such as workflow_run, code of a fork can run for a protected branch. */
const OWN_EVENTS = ["push", "schedule", "workflow_dispatch", "release"]

function isProtectedAt(event: string, variable?: string): boolean | undefined {
  if (event === "" || variable === undefined) return undefined
  return OWN_EVENTS.includes(event) ? readBoolean(variable) : false
}

/** Any other text is unknown. */
function readBoolean(text?: string): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined
}

function compact({ system, ...rest }: CiRun): CiRun {
  return { system, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value || value === false)) }
}
