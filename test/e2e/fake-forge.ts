import { type Asked, type FakeProvider, type Says, startProvider } from "./fake-provider.ts"

/** The paths and documents of one forge's API. */
export type Dialect = {
  forge: string
  /** The headers of every request; the token is TOKEN. */
  headers: Record<string, string>
  requests: string
  one: string
  listed: (open: boolean) => unknown
  opened: unknown
  url: string
}
export const TOKEN = "forge-t0ken-of-the-tests"

const pull = { number: 7, html_url: "https://forge.test/acme/deploy/pulls/7", node_id: "PR_7" }
const sides = { head: { repo: { id: 1 } }, base: { repo: { id: 1 } } }
const merge = { iid: 7, web_url: "https://gitlab.test/acme/deploy/-/merge_requests/7" }
const bitbucket = { id: 7, links: { html: { href: "https://bitbucket.org/acme/deploy/pull-requests/7" } } }

/** The dialect of one forge; `branch` is Slipway's branch, for a forge whose API lists all requests. */
export function dialectOf(forge: string, branch = ""): Dialect {
  const dialect = dialects(branch)[forge]
  if (!dialect) throw new Error(`expected a known forge, got ${forge}`)
  return dialect
}

function dialects(branch: string): Record<string, Dialect> {
  const refs = { head: { ref: branch, repo_id: 1 }, base: { ref: "main", repo_id: 1 } }
  return {
    github: {
      forge: "github",
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${TOKEN}`,
        "x-github-api-version": "2022-11-28",
      },
      requests: "/repos/acme/deploy/pulls",
      one: "/repos/acme/deploy/pulls/7",
      listed: (open) => (open ? [{ ...pull, ...sides }] : []),
      ...{ opened: pull, url: pull.html_url },
    },
    gitlab: {
      forge: "gitlab",
      headers: { accept: "application/json", authorization: `Bearer ${TOKEN}` },
      requests: "/projects/acme%2Fdeploy/merge_requests",
      one: "/projects/acme%2Fdeploy/merge_requests/7",
      listed: (open) => (open ? [{ ...merge, source_project_id: 1, target_project_id: 1 }] : []),
      ...{ opened: merge, url: merge.web_url },
    },
    gitea: {
      forge: "gitea",
      headers: { accept: "application/json", authorization: `token ${TOKEN}` },
      requests: "/repos/acme/deploy/pulls",
      one: "/repos/acme/deploy/pulls/7",
      listed: (open) => (open ? [{ ...pull, ...refs }] : []),
      ...{ opened: pull, url: pull.html_url },
    },
    bitbucket: {
      forge: "bitbucket",
      headers: { accept: "application/json", authorization: `Bearer ${TOKEN}` },
      requests: "/repositories/acme/deploy/pullrequests",
      one: "/repositories/acme/deploy/pullrequests/7",
      listed: (open) => ({ values: open ? [bitbucket] : [] }),
      ...{ opened: bitbucket, url: bitbucket.links.html.href },
    },
  }
}

/** A forge with or without an open request; `more` has responses for other paths, or overrides these. */
export function startForge(
  { requests, one, listed, opened }: Dialect,
  { open, more = {} }: { open: boolean; more?: Record<string, Says[]> },
): Promise<FakeProvider> {
  const says = (body: unknown): Says[] => [{ body: JSON.stringify(body) }]
  const list = listed(open)
  const create: Says = { status: 201, body: JSON.stringify(opened) }
  return startProvider({
    [`GET ${requests}`]: says(list),
    [`POST ${requests}`]: [create],
    [one]: says(opened),
    ...more,
  })
}

/** A request as one line, and its body. */
export function callOf({ method, path, body }: Asked): { call: string; said: unknown } {
  return { call: `${method} ${decodeURIComponent(path)}`, said: body && JSON.parse(body) }
}
