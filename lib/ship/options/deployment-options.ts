import type { File, Secret } from "@dagger.io/dagger"
import type { CiRun } from "../../config/ci.ts"
import type { ServiceSettings } from "../../config/services.ts"
import type { DeploymentSettings } from "../../config/trace-settings.ts"
import { quote, SlipwayError } from "../../error.ts"
import { DEPLOYMENT_FORGES, type DeploymentForge } from "../../gitops/forge/deployment-forge.ts"
import { forgeOf, parseForge } from "../../gitops/forge/forge-place.ts"
import type { ForgeAccess, ForgeNames } from "../../gitops/forge/pull-request.ts"
import { type GitRemote, hostname, parseGitRemote } from "../../gitops/git/remote.ts"
import type { DeploymentOptions } from "../context.ts"

/** The secrets for the forge of the source: its own token, and those of the GitOps repository, for one server. */
type ForgeTokens = { source?: Secret; forge?: Secret; git?: Secret; authority?: File }

type DeploymentContext = { tokens: ForgeTokens; ci?: CiRun; gitopsRepo?: string; service?: string }

const NAMES: ForgeNames = {
  ...{ repo: "deployments.repo", forge: "deployments.forge", endpoint: "deployments.endpoint" },
  token: "--source-forge-token",
}

/** Where deployments are recorded. Options that could not work are an error here, before anything runs. */
export function deploymentOptions(
  { deployments }: Pick<ServiceSettings, "deployments">,
  { tokens, ci, gitopsRepo, service }: DeploymentContext,
): DeploymentOptions | undefined {
  if (!deployments) return undefined
  if (!gitopsRepo) throw noBump()
  const remote = parseGitRemote(sourceRepo(deployments, ci))
  const kind = deploymentForge(remote, deployments)
  const { endpoint, environment, linkedArtifacts = false, cluster } = deployments
  if (linkedArtifacts && kind !== "github") throw onlyGithub()
  const token = forgeToken(tokens, { remote, gitops: parseGitRemote(gitopsRepo) })
  const { place } = parseForge(remote, { forge: kind, ...(endpoint && { endpoint }) })
  const access: ForgeAccess = { forge: DEPLOYMENT_FORGES[kind].forge, place, token, names: NAMES }
  return {
    ...{ kind, environment },
    access: { ...access, ...(tokens.authority && { authority: tokens.authority }) },
    ...(linkedArtifacts && { linkedArtifacts: { ...(cluster && { cluster }) } }),
    ...(service && { service }),
  }
}

function sourceRepo({ repo }: DeploymentSettings, ci?: CiRun): string {
  const address = repo ?? ci?.repository
  if (address) return address
  throw invalid({
    expected: "the source's repository for deployments in slipway.yaml",
    got: "none",
    fix: "Set deployments.repo to its address, or pass the job's variables with --ci.",
  })
}

function deploymentForge(remote: GitRemote, { forge }: DeploymentSettings): DeploymentForge {
  const name = forge ?? forgeOf(hostname(remote))
  if (name === "github" || name === "gitlab") return name
  throw invalid({
    expected: "a forge with an API for deployments, github or gitlab",
    got: name
      ? `${name}, whose API has none`
      : `the host ${quote(hostname(remote))}, which does not identify its forge`,
    fix: name ? "Remove deployments from slipway.yaml." : "Set deployments.forge, and deployments.endpoint if needed.",
  })
}

/** A token for the GitOps repository is sent to no other server. */
function forgeToken(
  { source, forge, git }: ForgeTokens,
  { remote, gitops }: { remote: GitRemote; gitops: GitRemote },
): Secret {
  const shared = hostname(remote) === hostname(gitops) ? (forge ?? git) : undefined
  const token = source ?? shared
  if (token) return token
  throw invalid({
    expected: "a token for the source's forge with deployments in slipway.yaml",
    got: "none",
    fix: "Pass --source-forge-token. A token of the GitOps repository serves only if both are on one server, and a GitHub App's does not.",
  })
}

function noBump(): SlipwayError {
  return invalid({
    expected: "gitops.repo and gitops.path in slipway.yaml with deployments",
    got: "none",
    fix: "Set them, or remove deployments: without a bump, nothing is deployed.",
  })
}

function onlyGithub(): SlipwayError {
  return invalid({
    expected: "a source on GitHub with deployments.linkedArtifacts",
    got: "gitlab",
    fix: "Remove deployments.linkedArtifacts.",
  })
}

function invalid(problem: { expected: string; got: string; fix: string }): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", problem)
}
