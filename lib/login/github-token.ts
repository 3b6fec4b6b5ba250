import { z } from "zod"
import type { HttpRequest } from "../engine/http.ts"
import type { Exchange } from "./refusal.ts"

/** Asks GitHub (or Forgejo) for the job's token: https://docs.github.com/actions/reference/security/oidc */
export function idTokenRequest(audience: string, { url, token }: { url: string; token: string }): HttpRequest {
  const asked = new URL(url)
  asked.searchParams.set("audience", audience)
  const headers = { accept: "application/json", authorization: `Bearer ${token}` }
  return { method: "GET", url: asked.href, headers }
}

export const IdTokenAnswer = z.object({ value: z.string().min(1) })

export const ID_TOKEN: Exchange = {
  who: "GitHub",
  what: "an OIDC token for this job",
  advise: () =>
    "The job needs `permissions: id-token: write`, and both request variables of this very job; a fork's pull request gets none.",
}
