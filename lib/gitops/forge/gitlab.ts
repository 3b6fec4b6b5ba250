import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import type { HttpResponse } from "../../engine/http.ts"
import {
  type Forge,
  type ForgeCall,
  type ForgePlace,
  MERGE_PAUSE,
  MERGE_TRIES,
  type MergeStep,
  type MergeTarget,
  mergeRefusal,
  squashMessage,
  WebAddress,
} from "./forge.ts"

const Merge = z.object({ iid: z.number(), web_url: WebAddress })
const ListedRequest = Merge.extend({ source_project_id: z.number().nullable(), target_project_id: z.number() })

/** https://docs.gitlab.com/api/merge_requests/ */
export const GITLAB: Forge = {
  name: "GitLab",
  noun: "merge request",
  permission: "A project, group or personal access token needs the scope api, and at least the role Developer.",
  headers: (token) => ({ accept: "application/json", authorization: `Bearer ${token}` }),
  find: (place, { head, base }) => {
    const query = new URLSearchParams({ state: "opened", source_branch: head, target_branch: base })
    return { method: "GET", url: `${requests(place)}?${query}` }
  },
  found: () =>
    z.array(ListedRequest).transform((all) => {
      const own = all.find((one) => one.source_project_id === one.target_project_id)
      return { ...(own && { found: openRequest(own) }), more: false }
    }),
  open: (place, { title, body, head, base }) => ({
    method: "POST",
    url: requests(place),
    body: { title, description: body, source_branch: head, target_branch: base, remove_source_branch: true },
  }),
  update: (place, { number }, { title, body }) => ({
    method: "PUT",
    url: `${requests(place)}/${number}`,
    body: { title, description: body },
  }),
  opened: Merge.transform(openRequest),
  merge: mergeStep,
}

/** The API addresses a project by its whole path, as one segment. */
function requests({ endpoint, repository }: ForgePlace): string {
  return `${endpoint}/projects/${encodeURIComponent(repository)}/merge_requests`
}

function openRequest({ iid, web_url }: z.infer<typeof Merge>) {
  return { number: iid, url: web_url }
}

const AcceptedMerge = z.object({ state: z.string() })
const Status = z.object({ detailed_merge_status: z.string(), head_pipeline: z.unknown() })

/** States in which GitLab still checks the request: https://docs.gitlab.com/api/merge_requests/#merge-status */
const CHECKING = ["unchecked", "checking", "preparing", "approvals_syncing", "commits_status", "ci_still_running"]
/** A pipeline may start shortly after its request; after this many tries without one, there is nothing to wait for. */
const WITHOUT_PIPELINE = 3

/** A new request is not mergeable at once, so calls for the merge and for its status alternate. */
function mergeStep(place: ForgePlace, merging: MergeTarget, responses: HttpResponse[]): MergeStep {
  const { request } = merging
  const call = (automatic: boolean) => mergeCall(place, merging, automatic)
  const last = responses.at(-1)
  if (!last) return { step: "call", call: call(true) }
  const tries = Math.ceil(responses.length / 2)
  if (responses.length % 2 === 1) {
    const accepted = last.status === 200 && AcceptedMerge.safeParse(parseJson(last.body)).data
    if (accepted) return { step: "ended", merge: accepted.state === "merged" ? "merged" : "waiting" }
    if (![405, 406, 422].includes(last.status)) return refused(last)
    return { step: "call", call: { method: "GET", url: `${requests(place)}/${request.number}` } }
  }
  const status = Status.safeParse(parseJson(last.body)).data
  if (!status) return refused(last)
  const { detailed_merge_status: state, head_pipeline } = status
  const ready = state === "mergeable"
  if (tries >= MERGE_TRIES || !(ready || CHECKING.includes(state))) return blocked(state)
  return { step: "call", call: call(!(ready && !head_pipeline && tries >= WITHOUT_PIPELINE)), pause: MERGE_PAUSE }
}

/**
 * `auto_merge` replaced the longer name in GitLab 17.11; each version ignores the other. The message is for a project that
 * squashes, whose default template is the title alone: https://docs.gitlab.com/user/project/merge_requests/commit_templates/
 */
function mergeCall(place: ForgePlace, merging: MergeTarget, automatic: boolean): ForgeCall {
  const wait = automatic ? { auto_merge: true, merge_when_pipeline_succeeds: true } : {}
  const { title, body } = squashMessage(merging, "!")
  const squash_commit_message = `${title}\n\n${body}`
  return {
    method: "PUT",
    url: `${requests(place)}/${merging.request.number}/merge`,
    body: { sha: merging.commit, should_remove_source_branch: true, squash_commit_message, ...wait },
  }
}

function blocked(state: string): MergeStep {
  return {
    step: "refused",
    reason: `merge status ${state}`,
    fix: "Resolve what blocks the merge request, or omit --auto-merge.",
  }
}

/** GitLab returns 401 for a token that can open a request but not merge it. */
function refused(response: HttpResponse): MergeStep {
  return mergeRefusal(
    response,
    "Allow the token's role to merge into the branch (Settings > Repository > Protected branches).",
  )
}
