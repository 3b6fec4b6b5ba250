import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import type { HttpResponse } from "../../engine/http.ts"
import {
  type Forge,
  type ForgeCall,
  type ForgePlace,
  type MergeStep,
  type MergeTarget,
  mergeRefusal,
  PULL_CALLS,
  WebAddress,
} from "./forge.ts"

/** The API version of the calls below: https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const VERSION = "2022-11-28"

export function githubHeaders(token: string): Record<string, string> {
  return {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "x-github-api-version": VERSION,
  }
}

const Repo = z.object({ id: z.number() })
const Pull = z.object({ number: z.number(), html_url: WebAddress, node_id: z.string() })
const ListedRequest = Pull.extend({ head: z.object({ repo: Repo.nullable() }), base: z.object({ repo: Repo }) })

/** https://docs.github.com/en/rest/pulls/pulls; only the GraphQL API has auto-merge. */
export const GITHUB: Forge = {
  name: "GitHub",
  noun: "pull request",
  permission:
    "A fine-grained token or a GitHub App needs the repository permissions Contents and Pull requests, both Read and write; a classic token the scope repo.",
  headers: githubHeaders,
  find: ({ endpoint, repository }, { head, base }) => {
    const [owner = ""] = repository.split("/")
    const query = new URLSearchParams({ state: "open", head: `${owner}:${head}`, base })
    return { method: "GET", url: `${endpoint}/repos/${repository}/pulls?${query}` }
  },
  // a fork of the same owner may have a branch of the same name
  found: () =>
    z.array(ListedRequest).transform((all) => {
      const own = all.find(({ head, base }) => head.repo?.id === base.repo.id)
      return { ...(own && { found: openRequest(own) }), more: false }
    }),
  ...PULL_CALLS,
  opened: Pull.transform(openRequest),
  merge: mergeStep,
}

function openRequest({ number, html_url, node_id }: z.infer<typeof Pull>) {
  return { number, url: html_url, id: node_id }
}

const METHODS = `query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    autoMergeAllowed mergeCommitAllowed squashMergeAllowed squashMergeCommitMessage rebaseMergeAllowed
  }
}`
const ENABLE = `mutation($id: ID!, $method: PullRequestMergeMethod!, $commit: GitObjectID!) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $method, expectedHeadOid: $commit }) { clientMutationId }
}`

const Methods = z.object({
  data: z.object({
    repository: z.object({
      autoMergeAllowed: z.boolean(),
      mergeCommitAllowed: z.boolean(),
      squashMergeAllowed: z.boolean(),
      squashMergeCommitMessage: z.string(),
      rebaseMergeAllowed: z.boolean(),
    }),
  }),
})

/** GitHub refuses auto-merge if nothing blocks the merge: https://github.com/cli/cli/blob/trunk/pkg/cmd/pr/merge/merge.go */
const NOTHING_TO_WAIT_FOR = /in (?:clean|unstable|has_hooks) status|Protected branch rules not configured/i

function mergeStep(place: ForgePlace, { request, commit }: MergeTarget, responses: HttpResponse[]): MergeStep {
  const [settings, enabled, merged] = responses
  if (!settings) return { step: "call", call: graphql(place, METHODS, repositoryVariables(place)) }
  const methods = Methods.safeParse(parseJson(settings.body))
  if (!methods.success) return refused(settings)
  const { autoMergeAllowed } = methods.data.data.repository
  const method = mergeMethod(methods.data.data.repository)
  if (!autoMergeAllowed) return notAllowed()
  if (!method) return blankMessage()
  if (!enabled) {
    return { step: "call", call: graphql(place, ENABLE, { id: request.id ?? "", method, commit }) }
  }
  if (!hasErrors(enabled)) return { step: "ended", merge: "waiting" }
  if (!NOTHING_TO_WAIT_FOR.test(enabled.body)) return refused(enabled)
  if (!merged) return { step: "call", call: mergeCall(place, request.number, { sha: commit, method }) }
  return merged.status === 200 ? { step: "ended", merge: "merged" } : refused(merged)
}

/** GitHub Enterprise Server has REST at /api/v3 and GraphQL at /api/graphql: https://docs.github.com/graphql/guides/forming-calls-with-graphql */
export function graphql({ endpoint }: ForgePlace, query: string, variables: Record<string, string>): ForgeCall {
  return { method: "POST", url: `${endpoint.replace(/\/v3$/, "")}/graphql`, body: { query, variables } }
}

function repositoryVariables({ repository }: ForgePlace): Record<string, string> {
  const [owner = "", name = ""] = repository.split("/")
  return { owner, name }
}

/**
 * A merge commit keeps the bump's commit and its signature; the others are for repositories that disable merge commits. A
 * squashed commit has the trailers of the bump unless the repository leaves its message blank.
 */
function mergeMethod(
  allowed: z.infer<typeof Methods>["data"]["repository"],
): "MERGE" | "SQUASH" | "REBASE" | undefined {
  if (allowed.mergeCommitAllowed) return "MERGE"
  if (allowed.squashMergeAllowed && allowed.squashMergeCommitMessage !== "BLANK") return "SQUASH"
  return allowed.rebaseMergeAllowed ? "REBASE" : undefined
}

function mergeCall(
  { endpoint, repository }: ForgePlace,
  number: number,
  { sha, method }: { sha: string; method: string },
): ForgeCall {
  const url = `${endpoint}/repos/${repository}/pulls/${number}/merge`
  return { method: "PUT", url, body: { sha, merge_method: method.toLowerCase() } }
}

function hasErrors({ status, body }: HttpResponse): boolean {
  return status !== 200 || z.object({ errors: z.array(z.unknown()).min(1) }).safeParse(parseJson(body)).success
}

function notAllowed(): MergeStep {
  return {
    step: "refused",
    reason: "auto-merge is not allowed in this repository",
    fix: "Enable Settings > General > Pull Requests > Allow auto-merge, or omit --auto-merge.",
  }
}

function blankMessage(): MergeStep {
  return {
    step: "refused",
    reason: "the repository allows only squashed commits with a blank message, which lose the trailers of the bump",
    fix: "Set Settings > General > Pull Requests > Allow squash merging to a default message with the commit details or the description, or allow another method.",
  }
}

function refused(response: HttpResponse): MergeStep {
  return mergeRefusal(
    response,
    "Grant the token Contents and Pull requests, both Read and write, and allow it to merge in the branch's rules.",
  )
}
