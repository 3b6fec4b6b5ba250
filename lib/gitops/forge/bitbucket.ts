import { z } from "zod"
import { type Forge, type ForgePlace, WebAddress } from "./forge.ts"

const Pull = z.object({ id: z.number(), links: z.object({ html: z.object({ href: WebAddress }) }) })

/**
 * Bitbucket Cloud: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/. Its API has no call for a
 * merge when builds pass; only its web pages do.
 */
export const BITBUCKET: Forge = {
  name: "Bitbucket",
  noun: "pull request",
  permission: "A repository, project or workspace access token needs Repositories: Write and Pull requests: Write.",
  headers: (token) => ({ accept: "application/json", authorization: `Bearer ${token}` }),
  find: (place, { head, base }) => {
    const branches = `source.branch.name="${head}" AND destination.branch.name="${base}"`
    const query = new URLSearchParams({
      q: `state="OPEN" AND ${branches} AND source.repository.full_name="${place.repository}"`,
    })
    return { method: "GET", url: `${requests(place)}?${query}` }
  },
  found: () =>
    z.object({ values: z.array(Pull) }).transform(({ values: [own] }) => ({
      ...(own && { found: openRequest(own) }),
      more: false,
    })),
  open: (place, { head, base, ...text }) => ({
    method: "POST",
    url: requests(place),
    body: { ...texts(text), source: branch(head), destination: branch(base), close_source_branch: true },
  }),
  update: (place, { number }, proposal) => ({
    method: "PUT",
    url: `${requests(place)}/${number}`,
    body: texts(proposal),
  }),
  opened: Pull.transform(openRequest),
}

function requests({ endpoint, repository }: ForgePlace): string {
  return `${endpoint}/repositories/${repository}/pullrequests`
}

function texts({ title, body }: { title: string; body: string }) {
  return { title, description: body }
}

function branch(name: string) {
  return { branch: { name } }
}

function openRequest({ id, links }: z.infer<typeof Pull>) {
  return { number: id, url: links.html.href }
}
