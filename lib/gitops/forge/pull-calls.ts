import type { Forge } from "./forge.ts"

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
