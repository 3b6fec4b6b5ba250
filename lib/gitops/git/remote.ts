import { quote, SlipwayError } from "../../error.ts"

type Transport = "https" | "http" | "ssh" | "git" | "file"

/** Where a GitOps repository lives. `url` never holds a credential, so it may stand in commits, logs and errors. */
export type GitRemote = { url: string; transport: Transport; host: string }

// https://git-scm.com/docs/git-clone#_git_urls
const URL_SHAPE = /^(https?|ssh|git):\/\/(?:([^@/\s]*)@)?((?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?)\/\S+$/
const FILE_SHAPE = /^file:\/\/\/\S+$/
const SCP_SHAPE = /^[A-Za-z0-9._-]+@([A-Za-z0-9.-]+):(?!\/\/)\S+$/

/** Reads the address of a repository; one with a login in it is refused, because git would keep it in its config and reflog. */
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

/** The host without its port: the name under which a service is bound. */
export function hostname({ host }: GitRemote): string {
  return host.replace(/:[0-9]+$/, "")
}

/** The part of an https address that names the server: credentials are bound to it, and to nothing else. */
export function serverUrl({ transport, host }: GitRemote): string {
  return `${transport}://${host}/`
}

function notAnAddress(text: string): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected:
      "a git repository's address, such as https://github.com/acme/gitops.git or git@github.com:acme/gitops.git",
    got: text.includes("@") ? "something else" : quote(text),
    fix: "Pass the address that `git clone` takes, with its scheme; a login goes into --git-token or --git-ssh-key.",
  })
}

/** git's HTTP client takes these names for its own machine without looking them up: https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
function isLoopback(remote: GitRemote): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected: "a git server's name that is looked up",
    got: `${hostname(remote)}, which git takes for the container that it runs in, whatever --git-service is`,
    fix: "Give the server another name, such as git.internal; with --git-service any name will do.",
  })
}

function holdsLogin(scheme: string, host: string): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected: "a repository's address without a login",
    got: `one for ${scheme}://${host}/ that has one`,
    fix: "Pass the login as --git-username and --git-token: in the address it would end up in logs. If it was real, replace it.",
  })
}

/** A branch's short name: "main", never "refs/heads/main". */
export type GitBranch = string & { readonly brand: "GitBranch" }

// https://git-scm.com/docs/git-check-ref-format, as what must not occur
const FORBIDDEN = /^[-/]|[\p{Cc} ~^:?*[\\]|\.\.|\/\/|@\{|(?:^|\/)\.|\.lock(?:\/|$)|[/.]$|^@$|^refs\//u

/** Refused at the edge, so that no option and no second ref can be smuggled into a refspec. */
export function parseGitBranch(text: string): GitBranch {
  if (text && !FORBIDDEN.test(text)) return text as GitBranch
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the name of a branch, such as main",
    got: quote(text),
    fix: "Name the branch without refs/heads/; see `git help check-ref-format`.",
  })
}

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
