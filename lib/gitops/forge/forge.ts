import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import type { HttpRequest, HttpResponse } from "../../engine/http.ts"
import type { DigestRef } from "../../oci/reference.ts"

/** A call to a forge, without the token, which the sender adds. */
export type ForgeCall = { method: HttpRequest["method"]; url: string; body?: object }

/** A repository in its forge's API: owner/name, or group/subgroup/name on GitLab. */
export type ForgePlace = { endpoint: string; repository: string }

export type Branches = { head: string; base: string }
export type Proposal = Branches & { title: string; body: string }

/** An open pull or merge request. `id` is the one of GitHub's GraphQL API. */
export type OpenRequest = { number: number; url: string; id?: string }

/** One page of open requests; `found` is the one between these branches of the same repository. */
type RequestPage = { found?: OpenRequest; more: boolean }

/** The next step of a merge, after the responses so far. `pause` is in seconds. */
export type MergeStep =
  | { step: "call"; call: ForgeCall; pause?: number }
  | { step: "ended"; merge: "waiting" | "merged" }
  | { step: "refused"; reason: string; fix: string }

/**
 * A request to merge when its checks pass, only if its branch is still at `commit`. `message` is the commit's: a forge that
 * squashes makes its own otherwise, without the trailers that the next bump, the history and a rollback read.
 */
export type MergeTarget = { request: OpenRequest; commit: string; message: string }

/** The calls of one forge's API, and the schemas of its responses. */
export type Forge = {
  name: string
  /** Its name for a pull request. */
  noun: string
  /** The permissions that a token needs, in the terms of the forge's settings. */
  permission: string
  headers: (token: string) => Record<string, string>
  /** Lists one page of open requests, from page 1. */
  find: (place: ForgePlace, branches: Branches, page: number) => ForgeCall
  found: (branches: Branches) => z.ZodType<RequestPage>
  open: (place: ForgePlace, proposal: Proposal) => ForgeCall
  update: (place: ForgePlace, request: OpenRequest, proposal: Proposal) => ForgeCall
  opened: z.ZodType<OpenRequest>
  /** Missing if the API has no call for it. */
  merge?: (place: ForgePlace, merging: MergeTarget, responses: HttpResponse[]) => MergeStep
}

/** An address that becomes a link in reports. */
export const WebAddress = z.url({ protocol: /^https?$/ })

/** How often, and with which pause in seconds, to retry while a forge still checks a new request. */
export const MERGE_TRIES = 6
export const MERGE_PAUSE = 3

/** Whether another run has just opened the same request. */
export function isDuplicate({ status, body }: HttpResponse): boolean {
  return status === 409 || (status === 422 && /already exists/i.test(body))
}

/** The error message in a forge's response: `message` of GitHub, Gitea and GitLab, `error` of Bitbucket. */
export function forgeMessage(json: unknown): string | undefined {
  const parsed = ErrorBody.safeParse(json)
  if (!parsed.success) return undefined
  const { message, error, errors } = parsed.data
  const main = typeof error === "object" && error ? error.message : (message ?? error ?? undefined)
  const details = (errors ?? []).map((detail) => (typeof detail === "string" ? detail : (detail.message ?? "")))
  return [main === undefined || typeof main === "string" ? main : JSON.stringify(main), ...details]
    .filter(Boolean)
    .join("; ")
}

/** Describes a refused call. */
export function refusalText({ status, body }: HttpResponse): string {
  return `HTTP ${status}: ${forgeMessage(parseJson(body)) ?? "no message"}`
}

/** The commit message of a squashed request, as forges number it. */
export function squashMessage(
  { request: { number }, message }: MergeTarget,
  mark = "#",
): { title: string; body: string } {
  const [subject = "", ...rest] = message.trimEnd().split("\n")
  return { title: `${subject} (${mark}${number})`, body: rest.join("\n").trim() }
}

/** A merge that the forge refuses. */
export function mergeRefusal(response: HttpResponse, fix: string): MergeStep {
  return { step: "refused", reason: refusalText(response), fix }
}

const ErrorBody = z.object({
  message: z.unknown().optional(),
  error: z.union([z.string(), z.object({ message: z.string() })]).nullish(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().nullish() })])).nullish(),
})

/** The calls that open and update a pull request in the APIs of GitHub and Gitea, which are the same. */
export const PULL_CALLS: Pick<Forge, "open" | "update"> = {
  open: ({ endpoint, repository }, { title, body, head, base }) => ({
    method: "POST",
    url: `${endpoint}/repos/${repository}/pulls`,
    body: { title, body, head, base },
  }),
  update: ({ endpoint, repository }, { number }, { title, body }) => ({
    method: "PATCH",
    url: `${endpoint}/repos/${repository}/pulls/${number}`,
    body: { title, body },
  }),
}

/** What a deployment record names: the image by digest, the source commit, and the CI run if one is known. */
export type Deployment = {
  environment: string
  image: DigestRef
  commit: string
  /** The branch or tag of the commit, which GitLab requires. */
  ref: string
  isTag: boolean
  /** The page of the CI run. */
  run?: string
  /** The commit of the GitOps repository, or the request that proposes it. */
  gitops: string
}

/** inactive: a newer release holds the place. */
export type DeploymentState = "queued" | "in_progress" | "success" | "failure" | "inactive"

/** `text` says in a few words why the deployment is in this state. */
export type DeploymentStatus = { state: DeploymentState; text: string }

/** Sends a call, and reads its response; `what` continues "GitHub to …" in errors. */
export type AskForge = <T>(request: ForgeCall, expected: ExpectedResponse<T>) => Promise<T>

/** `absent` is the value of a response 404, if that is one; otherwise it is an error. */
type ExpectedResponse<T> = { schema: z.ZodType<T>; what: string; absent?: T }

/** Writes a deployment's state, of the same deployment in a repeated run. Returns its number in the forge. */
export type WriteDeployment = (
  target: { place: ForgePlace; deployment: Deployment },
  status: DeploymentStatus,
  ask: AskForge,
) => Promise<{ id: number }>
