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
  // the call by base and head may return a closed request, so open ones are listed and filtered here
  find: ({ endpoint, repository }, _branches, page) => {
    const query = new URLSearchParams({ state: "open", sort: "recentupdate", limit: String(PAGE), page: String(page) })
    return { method: "GET", url: `${endpoint}/repos/${repository}/pulls?${query}` }
  },
  found: ({ head, base }) =>
    z.array(ListedRequest).transform((all) => {
      const own = all.find(
        (one) => one.head.ref === head && one.base.ref === base && one.head.repo_id === one.base.repo_id,
      )
      // a server may limit pages to fewer entries, so only an empty page is the last
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
 * Reads the repository's default merge style, then merges. Schedules only a merge that is not possible yet: Gitea looks at
 * a scheduled merge when a check ends, so one without checks would wait forever.
 */
function mergeStep(
  { endpoint, repository }: ForgePlace,
  { request, commit }: MergeTarget,
  [settings, ...responses]: HttpResponse[],
): MergeStep {
  const repo = `${endpoint}/repos/${repository}`
  if (!settings) return { step: "call", call: { method: "GET", url: repo } }
  const style = settings.status === 200 && Repository.safeParse(parseJson(settings.body)).data
  if (!style) return refused(settings)
  const [now, scheduled] = responses.filter((response) => !isChecking(response))
  if (now?.status === 200 || scheduled?.status === 200) return { step: "ended", merge: "merged" }
  if (now && now.status !== 405) return refused(now)
  if (scheduled && isScheduled(scheduled)) return { step: "ended", merge: "waiting" }
  const last = responses.at(-1)
  if (scheduled || (last && isChecking(last) && responses.length >= MERGE_TRIES))
    return refused(scheduled ?? last ?? settings)
  const options = { Do: style.default_merge_style ?? "merge", head_commit_id: commit, delete_branch_after_merge: true }
  const body = now ? { ...options, merge_when_checks_succeed: true } : options
  const call = { method: "POST" as const, url: `${repo}/pulls/${request.number}/merge`, body }
  return { step: "call", call, ...(last && isChecking(last) && { pause: MERGE_PAUSE }) }
}

/** Whether the server still checks if the request can be merged. */
function isChecking({ status, body }: HttpResponse): boolean {
  return status === 405 && /try again later/i.test(body)
}

function isScheduled({ status, body }: HttpResponse): boolean {
  return status === 201 || /already scheduled/i.test(body)
}

function refused(response: HttpResponse): MergeStep {
  return mergeRefusal(
    response,
    "Allow the token's user to merge into the branch, and enable the default merge style in the repository's settings.",
  )
}
