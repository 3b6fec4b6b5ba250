import type { File, Secret } from "@dagger.io/dagger"
import { type CiRequest, parseCiRequest } from "../../config/ci-request.ts"
import { fillNumber, type PreviewSettings, previewTag } from "../../config/preview-settings.ts"
import type { ServiceSettings } from "../../config/services.ts"
import { SlipwayError } from "../../error.ts"
import { forgeOf, parseForge } from "../../gitops/forge/forge-place.ts"
import type { ForgeNames } from "../../gitops/forge/pull-request.ts"
import { requestApi } from "../../gitops/forge/request-api.ts"
import type { RequestAccess } from "../../gitops/forge/request-comment.ts"
import { hostname, parseGitRemote } from "../../gitops/git/remote.ts"
import { parseRepositoryPath } from "../../gitops/request.ts"

/** The overlay of one request's preview. */
export type PreviewOverlay = {
  path: string
  template?: { path: string; number: number }
  repo?: string
  branch?: string
}

/** A request's image: its own tag, its own overlay or none, and its forge. `url` is the address that the comment shows. */
export type PreviewOptions = {
  number: number
  commit: string
  tag: string
  url?: string
  overlay?: PreviewOverlay
  access: RequestAccess
}

/** What the job of a request does: a preview, or a rehearsal with the reason. */
export type PreviewChoice = ({ kind: "preview" } & PreviewOptions) | { kind: "rehearsal"; reason: string }

type PreviewFlags = { ci: string[]; rehearse: boolean; sourceForgeToken?: Secret; git: { gitCaCertificate?: File } }

/** Undefined where the job is not one of a request, or previews are off. */
export function choosePreview(
  { ci, rehearse, sourceForgeToken: token, git }: PreviewFlags,
  { preview, gitops }: Pick<ServiceSettings, "preview" | "gitops">,
): PreviewChoice | undefined {
  if (!preview || rehearse) return undefined
  const request = parseCiRequest(ci)
  if (!request) return undefined
  if (request.kind === "foreign") return { kind: "rehearsal", reason: request.reason }
  const settings = preview === true ? {} : preview
  const { number, commit } = request
  const overlay = previewOverlay(settings, { number, gitops })
  return {
    kind: "preview",
    ...{ number, commit, tag: previewTag(request) },
    ...(settings.url && { url: fillNumber(settings.url, number) }),
    ...(overlay && { overlay }),
    access: sourceForge(settings, { request, token, authority: git.gitCaCertificate }),
  }
}

type OverlayInput = { number: number; gitops: ServiceSettings["gitops"] }

function previewOverlay(
  { gitops: own }: PreviewSettings,
  { number, gitops }: OverlayInput,
): PreviewOverlay | undefined {
  if (!own) return undefined
  const repo = own.repo ?? gitops?.repo
  if (!repo) throw noRepository()
  const path = parseRepositoryPath(fillNumber(own.path, number))
  const sameRepository = !own.repo || own.repo === gitops?.repo
  if (sameRepository && gitops?.path && overlaps(parseRepositoryPath(gitops.path), path)) throw releasePlace(path)
  const template = own.template && parseRepositoryPath(own.template)
  if (template && parentOf(template) !== parentOf(path)) throw elsewhere(template, path)
  return {
    path,
    repo,
    ...(template && { template: { path: template, number } }),
    ...(own.branch && { branch: own.branch }),
  }
}

/** Whether a preview's folder, which is deleted in the end, is that of the release, or is above or below it. */
function overlaps(release: string, preview: string): boolean {
  return `${release}/`.startsWith(`${preview}/`) || `${preview}/`.startsWith(`${release}/`)
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")))
}

function noRepository(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "preview.gitops.repo or gitops.repo with preview.gitops.path",
    got: "neither",
    fix: "Set the GitOps repository in slipway.yaml, or remove preview.gitops.",
  })
}

function releasePlace(path: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "preview.gitops.path outside of gitops.path, where the release is deployed",
    got: path,
    fix: "Set it to a folder of the previews alone, such as apps/hello/previews/pr-{number}.",
  })
}

/** A copy's relative paths, such as ../base, are those of its template only beside it. */
function elsewhere(template: string, path: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `preview.gitops.template beside ${path}, because its files keep their relative paths`,
    got: template,
    fix: "Move the template into the folder of the previews.",
  })
}

const NAMES: ForgeNames = {
  ...{ repo: "preview.repo", forge: "preview.forge", endpoint: "preview.endpoint" },
  token: "--source-forge-token",
}

/** What a token needs for requests and their comments. */
const PERMISSIONS: Record<string, string> = {
  GitHub: "The job's GITHUB_TOKEN needs the permission pull-requests: write; any other the same of the repository.",
  GitLab: "A project access token needs the scope api and the role Reporter; a job's token cannot write comments.",
  Gitea: "The token needs the scopes write:issue and read:repository, and read:user, to know its own comments.",
}

type ForgeInput = { request?: Pick<Extract<CiRequest, { kind: "own" }>, "repository" | "system">; repository?: string }

/** The forge of the source repository: that of the settings, else by the host's name, else that of the CI job. */
export function sourceForge(
  { repo, forge, endpoint }: Pick<PreviewSettings, "repo" | "forge" | "endpoint">,
  { request, repository, token, authority }: ForgeInput & { token?: Secret; authority?: File },
): RequestAccess {
  const address = repo ?? request?.repository ?? repository
  if (!address) throw noSource()
  const remote = parseGitRemote(address)
  const name = forge ?? forgeOf(hostname(remote)) ?? request?.system
  const known = parseForge(remote, { ...(name && { forge: name }), ...(endpoint && { endpoint }) })
  const api = requestApi(known.forge)
  if (!api) throw noPreviews(known.forge.name)
  if (!token) throw noToken(known.forge.name)
  const { name: title, permission } = known.forge
  const itsForge = { ...known.forge, permission: PERMISSIONS[title] ?? permission }
  return { ...known, forge: itsForge, api, token, names: NAMES, ...(authority && { authority }) }
}

function noSource(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "the source repository, whose forge has the pull requests",
    got: "none",
    fix: "Set preview.repo in slipway.yaml to its address, or pass --source with its .git.",
  })
}

function noPreviews(name: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a source repository at GitHub, GitLab, Gitea or Forgejo with preview",
    got: name,
    fix: "Remove preview from slipway.yaml; a request is then rehearsed.",
  })
}

function noToken(name: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a token for ${name}'s API with preview`,
    got: "none",
    fix: `Pass --source-forge-token. ${PERMISSIONS[name] ?? ""}`.trim(),
  })
}
