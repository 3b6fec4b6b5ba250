import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"
import { ACR_USER } from "./azure.ts"
import { GOOGLE_USER } from "./google.ts"

// What each registry documents as the user beside a token. GHCR looks at the token alone.
const USERS: { host: RegExp; user: string }[] = [
  { host: /^ghcr\.io$/, user: "x-access-token" },
  { host: /^registry\.gitlab\.com$/, user: "gitlab-ci-token" },
  { host: /\.pkg\.dev$|^(?:[a-z]+\.)?gcr\.io$/, user: GOOGLE_USER },
  { host: /\.azurecr\.(?:io|cn|us)$/, user: ACR_USER },
  { host: /\.amazonaws\.com(?:\.cn)?$|^public\.ecr\.aws$/, user: "AWS" },
]

/** The user that a registry wants beside a token, where it is always the same. */
export function userName({ host }: Repository, given?: string): string {
  const user = given ?? USERS.find((known) => known.host.test(host))?.user
  if (user) return user
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the user that the token belongs to",
    got: `none, for ${quote(host)}`,
    fix: "Give --username: gitlab-ci-token for a GitLab of one's own, the organisation or user on Docker Hub.",
  })
}
