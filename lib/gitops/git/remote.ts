import { quote, SlipwayError } from "../../error.ts"

type Transport = "https" | "http" | "ssh" | "git" | "file"

/** The address of a GitOps repository. `url` never contains a credential, so commits, logs and errors may show it. */
export type GitRemote = { url: string; transport: Transport; host: string }

// https://git-scm.com/docs/git-clone#_git_urls
const URL_SHAPE = /^(https?|ssh|git):\/\/(?:([^@/\s]*)@)?((?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?)\/\S+$/
const FILE_SHAPE = /^file:\/\/\/\S+$/
const SCP_SHAPE = /^[A-Za-z0-9._-]+@([A-Za-z0-9.-]+):(?!\/\/)\S+$/

/** Parses an address; one with a login is refused, because git would keep it in its config and reflog. */
export function parseGitRemote(text: string): GitRemote {
  if (FILE_SHAPE.test(text)) return { url: text, transport: "file", host: "" }
  const [, scpHost] = text.match(SCP_SHAPE) ?? []
  if (scpHost) return { url: text, transport: "ssh", host: scpHost }
  const [, scheme, userinfo, host] = text.match(URL_SHAPE) ?? []
  if (!scheme || !host) throw notAnAddress(text)
  if (userinfo !== undefined && (scheme !== "ssh" || userinfo.includes(":"))) throw holdsLogin(scheme, host)
  const remote = { url: text, transport: scheme as Transport, host: host.toLowerCase() }
  if (scheme.startsWith("http") && /^(?:.+\.)?localhost\.?$/.test(hostname(remote))) throw isLoopback(remote)
  return remote
}

/** The host without its port, which is the name of a bound service. */
export function hostname({ host }: GitRemote): string {
  return host.replace(/:[0-9]+$/, "")
}

/** The server's part of an https address, which limits credentials to that server. */
export function serverUrl({ transport, host }: GitRemote): string {
  return `${transport}://${host}/`
}

function notAnAddress(text: string): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected:
      "a git repository's address, such as https://github.com/acme/gitops.git or git@github.com:acme/gitops.git",
    got: text.includes("@") ? "something else" : quote(text),
    fix: "Set --repo to an address for `git clone`, with its scheme, and pass the login as --git-token or --git-ssh-key.",
  })
}

/** git's HTTP client resolves these names to its own container: https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
function isLoopback(remote: GitRemote): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected: "a git server's host name that does not end in localhost",
    got: `${hostname(remote)}, which git resolves to its own container, even with --git-service`,
    fix: "Use another host name in --repo, such as git.internal: with --git-service any other name works.",
  })
}

function holdsLogin(scheme: string, host: string): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected: "a repository's address without a login",
    got: `one for ${scheme}://${host}/ that has one`,
    fix: "Pass the login as --git-username and --git-token, because the address appears in logs. Revoke the login if it was valid.",
  })
}

/** A branch's short name: "main", never "refs/heads/main". */
export type GitBranch = string & { readonly brand: "GitBranch" }

// the inverse of https://git-scm.com/docs/git-check-ref-format
const FORBIDDEN = /^[-/]|[\p{Cc} ~^:?*[\\]|\.\.|\/\/|@\{|(?:^|\/)\.|\.lock(?:\/|$)|[/.]$|^@$|^refs\//u

/** Validates the name, so that it cannot inject an option or a second ref into a refspec. */
export function parseGitBranch(text: string): GitBranch {
  if (text && !FORBIDDEN.test(text)) return text as GitBranch
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the name of a branch, such as main",
    got: quote(text),
    fix: "Set --branch to the name without refs/heads/; see `git help check-ref-format`.",
  })
}

/** The user that a forge requires with a token. Patterns match a whole host, so that no other server's name contains one. */
const USERNAMES: { forge: string; host: RegExp; username: string }[] = [
  // https://support.atlassian.com/bitbucket-cloud/docs/using-access-tokens/
  { forge: "bitbucket", host: /^bitbucket\.org$/, username: "x-token-auth" },
  // https://docs.gitlab.com/api/oauth2/#access-git-over-https-with-access-token; self-managed sites are gitlab.<domain>
  { forge: "gitlab", host: /^gitlab\.com$|^gitlab\.(?!com\.)[a-z0-9.-]+$/, username: "oauth2" },
]

/** The user to send with a token. A named forge takes precedence over the host; forges that accept any user get a fixed one. */
export function forgeUsername(remote: GitRemote, name?: string): string {
  const host = hostname(remote).toLowerCase()
  const found = USERNAMES.find((one) => (name ? one.forge === name : one.host.test(host)))
  return found?.username ?? "x-access-token"
}
