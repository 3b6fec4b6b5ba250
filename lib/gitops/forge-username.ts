import { type GitRemote, hostname } from "./git-remote.ts"

/** Where a forge takes only this user beside a token. A whole host, or a domain that ends the host's name: never a part. */
const USERNAMES: { forge: string; host: RegExp; username: string }[] = [
  // https://support.atlassian.com/bitbucket-cloud/docs/using-access-tokens/
  { forge: "bitbucket", host: /^bitbucket\.org$/, username: "x-token-auth" },
  // https://docs.gitlab.com/api/oauth2/#access-git-over-https-with-access-token; a site of one's own is named gitlab.<domain>
  { forge: "gitlab", host: /^gitlab\.com$|^gitlab\.(?!com\.)[a-z0-9.-]+$/, username: "oauth2" },
]

/** What each forge wants beside a token; where any name does, one that says what it is. A forge that is named wins over the host. */
export function forgeUsername(remote: GitRemote, name?: string): string {
  const host = hostname(remote).toLowerCase()
  const found = USERNAMES.find((one) => (name ? one.forge === name : one.host.test(host)))
  return found?.username ?? "x-access-token"
}
