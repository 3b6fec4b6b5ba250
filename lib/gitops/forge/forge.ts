import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import type { HttpRequest, HttpResponse } from "../../engine/http.ts"

/** A call to a forge, still without the login, which is added where it is sent. */
export type ForgeCall = { method: HttpRequest["method"]; url: string; body?: object }

/** A repository as its forge's API addresses it: owner/name, with GitLab's groups before it. */
export type ForgePlace = { endpoint: string; repository: string }

export type Branches = { head: string; base: string }
export type Proposal = Branches & { title: string; body: string }

/** A request that is open: a pull request, or what GitLab calls a merge request. `id` is GitHub's for its GraphQL API. */
export type OpenRequest = { number: number; url: string; id?: string }

/** One page of open requests, with the one from these branches of the repository itself if it is among them. */
type RequestPage = { found?: OpenRequest; more: boolean }

/** What to do next on the way to a merge, after the answers so far. `pause` is in seconds. */
export type MergeStep =
  | { step: "ask"; call: ForgeCall; pause?: number }
  | { step: "ended"; merge: "waiting" | "merged" }
  | { step: "refused"; words: string; fix: string }

/** A request to be merged when its checks allow it, and not if anything but `commit` is in its branch. */
export type MergeTarget = { request: OpenRequest; commit: string }

/** One forge's language: how it is asked, and how its answers are read. */
export type Forge = {
  name: string
  /** What it calls a request. */
  noun: string
  /** The permission that a token needs, in the words of the forge's own settings. */
  permission: string
  headers: (token: string) => Record<string, string>
  /** Asks for one page of open requests, the first being 1. */
  find: (place: ForgePlace, branches: Branches, page: number) => ForgeCall
  found: (branches: Branches) => z.ZodType<RequestPage>
  open: (place: ForgePlace, proposal: Proposal) => ForgeCall
  update: (place: ForgePlace, request: OpenRequest, proposal: Proposal) => ForgeCall
  opened: z.ZodType<OpenRequest>
  /** Missing where a forge has no call for it. */
  merge?: (place: ForgePlace, merging: MergeTarget, answers: HttpResponse[]) => MergeStep
}

/** An address for people, which becomes a link in reports. */
export const WebAddress = z.url({ protocol: /^https?$/ })

/** How often a forge that is still looking at a new request is asked again, and how long between, in seconds. */
export const MERGE_TRIES = 6
export const MERGE_PAUSE = 3

/** Another run opened the same request a moment ago. */
export function isDuplicate({ status, body }: HttpResponse): boolean {
  return status === 409 || (status === 422 && /already exists/i.test(body))
}

/** What a forge says in words, without the rest of its answer: GitHub, Gitea and GitLab have a message, Bitbucket an error. */
export function forgeMessage(json: unknown): string | undefined {
  const parsed = Words.safeParse(json)
  if (!parsed.success) return undefined
  const { message, error, errors } = parsed.data
  const main = typeof error === "object" && error ? error.message : (message ?? error ?? undefined)
  const details = (errors ?? []).map((detail) => (typeof detail === "string" ? detail : (detail.message ?? "")))
  return [main === undefined || typeof main === "string" ? main : JSON.stringify(main), ...details]
    .filter(Boolean)
    .join("; ")
}

/** A refused call in one phrase. */
export function refusalText({ status, body }: HttpResponse): string {
  return `HTTP ${status}: ${forgeMessage(parseJson(body)) ?? "no words"}`
}

/** A merge that the forge refuses, with what the token's owner can do about it. */
export function mergeRefusal(answer: HttpResponse, fix: string): MergeStep {
  return { step: "refused", words: refusalText(answer), fix }
}

const Words = z.object({
  message: z.unknown().optional(),
  error: z.union([z.string(), z.object({ message: z.string() })]).nullish(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().nullish() })])).nullish(),
})

/** How a pull request is opened and updated in GitHub's own API and in Gitea's, which follows it. */
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
