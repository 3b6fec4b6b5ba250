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
  squashMessage,
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
 * Reads the repository's default merge style, then merges. Schedules only a merge that is not possible yet. A merge that an
 * earlier run scheduled is cancelled and scheduled again, because Gitea keeps its message, which names the earlier image.
 */
function mergeStep(
  { endpoint, repository }: ForgePlace,
  merging: MergeTarget,
  [settings, ...responses]: HttpResponse[],
): MergeStep {
  const repo = `${endpoint}/repos/${repository}`
  if (!settings) return { step: "call", call: { method: "GET", url: repo } }
  const style = settings.status === 200 && Repository.safeParse(parseJson(settings.body)).data
  if (!style) return refused(settings)
  const [now, ...scheduled] = responses.filter((response) => !isChecking(response))
  const url = `${repo}/pulls/${merging.request.number}/merge`
  const last = responses.at(-1)
  if (last?.status === 200) return { step: "ended", merge: "merged" }
  if (now && now.status !== 405) return refused(now)
  const latest = scheduled.at(-1)
  if (latest?.status === 201) return { step: "ended", merge: "waiting" }
  if (latest && isScheduled(latest) && scheduled.length === 1) return { step: "call", call: { method: "DELETE", url } }
  const cancelled = scheduled.length === 2 && (latest?.status === 204 || latest?.status === 404)
  if (latest && !cancelled) return refused(latest)
  if (last && isChecking(last) && responses.length >= MERGE_TRIES) return unmergeable(last)
  const body = mergeBody(merging, { style: style.default_merge_style ?? "merge", wait: now !== undefined })
  return { step: "call", call: { method: "POST", url, body }, ...(last && isChecking(last) && { pause: MERGE_PAUSE }) }
}

function mergeBody(merging: MergeTarget, { style, wait }: { style: string; wait: boolean }): object {
  const { title, body } = squashMessage(merging)
  return {
    ...{ Do: style, head_commit_id: merging.commit, delete_branch_after_merge: true },
    ...(style === "squash" && { MergeTitleField: title, MergeMessageField: body }),
    ...(wait && { merge_when_checks_succeed: true }),
  }
}

/** Whether the server still checks if the request can be merged. */
function isChecking({ status, body }: HttpResponse): boolean {
  return status === 405 && /try again later/i.test(body)
}

function isScheduled({ status, body }: HttpResponse): boolean {
  return status === 409 && /already scheduled/i.test(body)
}

/** Gitea has the same message for a request that it still checks and for one that conflicts with its base. */
function unmergeable(response: HttpResponse): MergeStep {
  return mergeRefusal(
    response,
    "Check the request's page: if it conflicts with its base, run this again, which rebuilds its branch.",
  )
}

function refused(response: HttpResponse): MergeStep {
  return mergeRefusal(
    response,
    "Allow the token's user to merge into the branch, and enable the default merge style in the repository's settings.",
  )
}
