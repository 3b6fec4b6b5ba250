import { randomUUID } from "node:crypto"
import { dag, type Secret } from "@dagger.io/dagger"
import type { DeliveryChoice } from "../../lib/gitops/context.ts"
import type { Gitea } from "./gitea.ts"

export const OWNER = "acme"
/** The user of the tokens, which has the rights of a team. */
export const BOT = "delivery-bot"

/** A GitOps repository of the organisation, with main and its values.yaml; tests verify by the API. */
export type GiteaRepository = {
  path: string
  url: string
  /** The text of a file on a branch; undefined if it has none. */
  text: (file: string, branch?: string) => Promise<string | undefined>
  /** The commit of a branch; undefined without it. */
  tip: (branch: string) => Promise<string | undefined>
  branches: () => Promise<string[]>
  /** The messages of main, the newest first. */
  messages: () => Promise<string[]>
  pulls: (state?: "open" | "closed" | "all") => Promise<Pull[]>
  merged: (number: number) => Promise<boolean>
  protect: (rule: object) => Promise<void>
  settings: (change: object) => Promise<void>
}

/** What tests read of a pull request. */
export type Pull = {
  number: number
  state: string
  merged: boolean
  title: string
  body: string
  html_url: string
  head: { ref: string; sha: string }
}

export const VALUES = "apps/values.yaml"
export const values = (digest = "") => `image:\n  repository: ghcr.io/acme/hello\n  digest: "${digest}"\n`

/** Makes the organisation, its team and the bot. */
export async function makeOrganization({ make, user }: Gitea): Promise<void> {
  await make("POST", "/orgs", { username: OWNER })
  for (const name of [BOT, "reviewer", "outsider"]) await user(name)
  const units_map = { "repo.code": "write", "repo.pulls": "write", "repo.issues": "write", "repo.packages": "write" }
  const team = { name: "delivery", permission: "write", units_map, includes_all_repositories: true }
  const { id } = await make("POST", `/orgs/${OWNER}/teams`, team)
  for (const name of [BOT, "reviewer"]) await make("PUT", `/teams/${id}/members/${name}`)
}

/** A private repository; `host` is the server's name in containers. */
export async function makeRepository(
  { make, ask, port }: Gitea,
  { name, host = "git.test" }: { name: string; host?: string },
): Promise<GiteaRepository> {
  const repo = `/repos/${OWNER}/${name}`
  await make("POST", `/orgs/${OWNER}/repos`, { name, private: true, auto_init: true, default_branch: "main" })
  await make("POST", `${repo}/contents/${VALUES}`, { content: btoa(values()), message: "seed", branch: "main" })
  const found = async (path: string) => {
    const { status, body } = await ask("GET", `${repo}${path}`)
    if (status !== 200 && status !== 404) throw new Error(`${repo}${path}: HTTP ${status}`)
    return status === 200 ? body : undefined
  }
  return {
    path: `${OWNER}/${name}`,
    url: `http://${host}:${port}/${OWNER}/${name}.git`,
    text: async (file, branch = "main") => {
      const body = await found(`/contents/${file}?ref=${encodeURIComponent(branch)}`)
      return body && Buffer.from(body.content, "base64").toString()
    },
    tip: async (branch) => (await found(`/branches/${encodeURIComponent(branch)}`))?.commit.id,
    branches: async () => (await found("/branches")).map((branch: { name: string }) => branch.name),
    messages: async () =>
      (await found("/commits?sha=main&stat=false&files=false")).map(
        ({ commit }: { commit: { message: string } }) => commit.message,
      ),
    pulls: async (state = "open") => await found(`/pulls?state=${state}&limit=50`),
    merged: async (number) => (await ask("GET", `${repo}/pulls/${number}/merge`)).status === 204,
    protect: async (rule) => void (await make("POST", `${repo}/branch_protections`, { rule_name: "main", ...rule })),
    settings: async (change) => void (await make("PATCH", repo, change)),
  }
}

/** A delivery by pull request, through the recorder. */
export function byRequest(token: string, endpoint: string, choice: DeliveryChoice = {}): DeliveryChoice {
  return { pullRequest: true, forge: "gitea", endpoint, token: secretOf(token), ...choice }
}

/** A secret of its own name: a session has one content for a name. */
export function secretOf(text: string): Secret {
  return dag.setSecret(`gitea-${randomUUID()}`, text)
}
