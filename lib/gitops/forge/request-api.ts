import { z } from "zod"
import { type Forge, type ForgeCall, type ForgePlace, WebAddress } from "./forge.ts"
import { GITEA } from "./gitea.ts"
import { GITHUB, graphql } from "./github.ts"
import { GITLAB } from "./gitlab.ts"

/** A request as its forge has it. `own`: its branch is in the repository itself, not in a fork. */
export type RequestState = { open: boolean; commit: string; own: boolean }

/** `author` is the ID of the user who wrote it; `bot` is whether that is none of a person. */
export type RequestComment = { id: number; body: string; url?: string; author?: number; bot?: boolean }

/** The calls about one request and its comments, and the schemas of the responses. */
export type RequestApi = {
  request: (place: ForgePlace, number: number) => ForgeCall
  state: z.ZodType<RequestState>
  /** Lists one page of comments, from page 1; `paged` is whether there can be another. */
  comments: (place: ForgePlace, number: number, page: number) => ForgeCall
  paged: boolean
  listed: z.ZodType<RequestComment[]>
  comment: z.ZodType<RequestComment>
  create: (place: ForgePlace, number: number, body: string) => ForgeCall
  update: (place: ForgePlace, at: { number: number; id: number }, body: string) => ForgeCall
  /** The user of the token. */
  author: (place: ForgePlace) => ForgeCall
  authorId: z.ZodType<number>
}

/** The largest page of all forges. */
export const COMMENTS_PAGE = 100

const Commit = z.string().regex(/^[0-9a-f]{40,64}$/)

const Note = z
  .object({
    ...{ id: z.number(), body: z.string(), html_url: WebAddress.optional() },
    user: z.object({ id: z.number(), type: z.string().optional() }).nullish(),
  })
  .transform(({ id, body, html_url, user }) => ({
    ...{ id, body },
    ...(html_url && { url: html_url }),
    ...(user && { author: user.id }),
    ...(user?.type === "Bot" && { bot: true }),
  }))

type NoteCalls = Pick<RequestApi, "request" | "comments" | "listed" | "comment" | "create" | "update">

/** GitHub and Gitea: a pull request is an issue too, and has its comments there. */
const ISSUE_COMMENTS: NoteCalls = {
  request: (place, number) => ({ method: "GET", url: `${repo(place)}/pulls/${number}` }),
  comments: (place, number, page) => {
    const query = new URLSearchParams({ per_page: String(COMMENTS_PAGE), page: String(page) })
    return { method: "GET", url: `${repo(place)}/issues/${number}/comments?${query}` }
  },
  listed: z.array(Note),
  comment: Note,
  create: (place, number, body) => ({
    method: "POST",
    url: `${repo(place)}/issues/${number}/comments`,
    body: { body },
  }),
  update: (place, { id }, body) => ({ method: "PATCH", url: `${repo(place)}/issues/comments/${id}`, body: { body } }),
}

function repo({ endpoint, repository }: ForgePlace): string {
  return `${endpoint}/repos/${repository}`
}

const Repo = z.object({ id: z.number() })

/** https://docs.github.com/en/rest/issues/comments; a deleted fork is null. */
const GITHUB_REQUESTS: RequestApi = {
  ...ISSUE_COMMENTS,
  paged: true,
  state: z
    .object({
      state: z.enum(["open", "closed"]),
      head: z.object({ sha: Commit, repo: Repo.nullable() }),
      base: z.object({ repo: Repo }),
    })
    .transform(({ state, head, base }) => ({
      open: state === "open",
      commit: head.sha,
      own: head.repo?.id === base.repo.id,
    })),
  // REST has no user for the token of a job
  author: (place) => graphql(place, "query { viewer { databaseId } }", {}),
  authorId: z
    .object({ data: z.object({ viewer: z.object({ databaseId: z.number() }) }) })
    .transform(({ data }) => data.viewer.databaseId),
}

/** https://docs.gitea.com/api/#tag/issue; it lists all comments of a request at once. */
const GITEA_REQUESTS: RequestApi = {
  ...ISSUE_COMMENTS,
  paged: false,
  state: z
    .object({
      state: z.enum(["open", "closed"]),
      head: z.object({ sha: Commit, repo_id: z.number() }),
      base: z.object({ repo_id: z.number() }),
    })
    .transform(({ state, head, base }) => ({
      open: state === "open",
      commit: head.sha,
      own: head.repo_id === base.repo_id,
    })),
  author: ({ endpoint }) => ({ method: "GET", url: `${endpoint}/user` }),
  authorId: z.object({ id: z.number() }).transform(({ id }) => id),
}

const MergeNote = z
  .object({ id: z.number(), body: z.string(), author: z.object({ id: z.number() }).nullish() })
  .transform(({ id, body, author }) => ({ id, body, ...(author && { author: author.id }) }))

/** https://docs.gitlab.com/api/notes/; a request that is locked is about to be merged. */
const GITLAB_REQUESTS: RequestApi = {
  request: (place, number) => ({ method: "GET", url: mergeRequest(place, number) }),
  state: z
    .object({
      state: z.enum(["opened", "closed", "locked", "merged"]),
      sha: Commit,
      source_project_id: z.number().nullable(),
      target_project_id: z.number(),
    })
    .transform(({ state, sha, source_project_id, target_project_id }) => ({
      open: state === "opened" || state === "locked",
      commit: sha,
      own: source_project_id === target_project_id,
    })),
  comments: (place, number, page) => {
    const query = new URLSearchParams({ sort: "asc", per_page: String(COMMENTS_PAGE), page: String(page) })
    return { method: "GET", url: `${mergeRequest(place, number)}/notes?${query}` }
  },
  paged: true,
  listed: z.array(MergeNote),
  comment: MergeNote,
  create: (place, number, body) => ({ method: "POST", url: `${mergeRequest(place, number)}/notes`, body: { body } }),
  update: (place, { number, id }, body) => ({
    method: "PUT",
    url: `${mergeRequest(place, number)}/notes/${id}`,
    body: { body },
  }),
  author: ({ endpoint }) => ({ method: "GET", url: `${endpoint}/user` }),
  authorId: z.object({ id: z.number() }).transform(({ id }) => id),
}

function mergeRequest({ endpoint, repository }: ForgePlace, number: number): string {
  return `${endpoint}/projects/${encodeURIComponent(repository)}/merge_requests/${number}`
}

/** Missing for a forge without previews: no CI system of ours runs at Bitbucket. */
export function requestApi(forge: Forge): RequestApi | undefined {
  return APIS.get(forge)
}
const APIS = new Map([
  [GITHUB, GITHUB_REQUESTS],
  [GITEA, GITEA_REQUESTS],
  [GITLAB, GITLAB_REQUESTS],
])
