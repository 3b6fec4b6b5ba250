import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import type { HttpResponse } from "../../engine/http.ts"
import {
  type Forge,
  type ForgePlace,
  MERGE_PAUSE,
  MERGE_TRIES,
  type MergeStep,
  type MergeTarget,
  mergeRefusal,
  PULL_CALLS,
  WebAddress,
} from "./forge.ts"

const Side = z.object({ ref: z.string(), repo_id: z.number() })
const Pull = z.object({ number: z.number(), html_url: WebAddress })
const ListedRequest = Pull.extend({ head: Side, base: Side })
const PAGE = 50

/** Gitea and Forgejo: https://docs.gitea.com/api/#tag/repository */
export const GITEA: Forge = {
  name: "Gitea",
  noun: "pull request",
  permission: "The token needs the scope write:repository, and its user must be allowed to write to the repository.",
  headers: (token) => ({ accept: "application/json", authorization: `token ${token}` }),
  // there is no question by branch: the one by base and head answers a closed request as well
  find: ({ endpoint, repository }, _branches, page) => {
    const query = new URLSearchParams({ state: "open", sort: "recentupdate", limit: String(PAGE), page: String(page) })
    return { method: "GET", url: `${endpoint}/repos/${repository}/pulls?${query}` }
  },
  found: ({ head, base }) =>
    z.array(ListedRequest).transform((all) => {
      const own = all.find(
        (one) => one.head.ref === head && one.base.ref === base && one.head.repo_id === one.base.repo_id,
      )
      // a server may have a smaller page than was asked for, so only an empty one is the last
      return { ...(own && { found: openRequest(own) }), more: !own && all.length > 0 }
    }),
  ...PULL_CALLS,
  opened: Pull.transform(openRequest),
  merge: mergeStep,
}

function openRequest({ number, html_url }: z.infer<typeof Pull>) {
  return { number, url: html_url }
}

const Repository = z.object({ default_merge_style: z.string().optional() })

/**
 * The repository's own way to merge first, and then the merge. A request without anything to wait for would be waiting for
 * ever, because a merge that was scheduled is looked at when a check ends; so only what cannot be merged now is scheduled.
 */
function mergeStep(
  { endpoint, repository }: ForgePlace,
  { request, commit }: MergeTarget,
  [asked, ...answers]: HttpResponse[],
): MergeStep {
  const repo = `${endpoint}/repos/${repository}`
  if (!asked) return { step: "ask", call: { method: "GET", url: repo } }
  const style = asked.status === 200 && Repository.safeParse(parseJson(asked.body)).data
  if (!style) return refused(asked)
  const [now, scheduled] = answers.filter((answer) => !isLooking(answer))
  if (now?.status === 200 || scheduled?.status === 200) return { step: "ended", merge: "merged" }
  if (now && now.status !== 405) return refused(now)
  if (scheduled && isScheduled(scheduled)) return { step: "ended", merge: "waiting" }
  const last = answers.at(-1)
  if (scheduled || (last && isLooking(last) && answers.length >= MERGE_TRIES))
    return refused(scheduled ?? last ?? asked)
  const how = { Do: style.default_merge_style ?? "merge", head_commit_id: commit, delete_branch_after_merge: true }
  const body = now ? { ...how, merge_when_checks_succeed: true } : how
  const call = { method: "POST" as const, url: `${repo}/pulls/${request.number}/merge`, body }
  return { step: "ask", call, ...(last && isLooking(last) && { pause: MERGE_PAUSE }) }
}

/** The server has not looked yet whether the request can be merged. */
function isLooking({ status, body }: HttpResponse): boolean {
  return status === 405 && /try again later/i.test(body)
}

function isScheduled({ status, body }: HttpResponse): boolean {
  return status === 201 || /already scheduled/i.test(body)
}

function refused(answer: HttpResponse): MergeStep {
  return mergeRefusal(
    answer,
    "The token's user must be allowed to merge into the branch, and the repository must have the way to merge.",
  )
}
