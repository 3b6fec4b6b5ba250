import type { ForgePlace, MergeTarget, Proposal } from "../../../lib/gitops/forge/forge.ts"

/** The request of every forge's tests. */
export const BRANCHES = { head: "slipway/main/0123456789", base: "main" }
export const PROPOSAL: Proposal = { ...BRANCHES, title: "Bump hello", body: "- a\n\nSource-Order: 7" }
export const MERGING: MergeTarget = {
  request: { number: 7, url: "https://forge/7", id: "PR_7" },
  commit: "c0ffee",
  message: "Bump hello\n\nSource-Order: 7\n",
}

export function placeOf(endpoint: string, repository = "acme/deploy"): ForgePlace {
  return { endpoint, repository }
}

/** An HTTP response of a forge. */
export function httpResponse(status: number, body: unknown = {}) {
  return { status, body: typeof body === "string" ? body : JSON.stringify(body) }
}
