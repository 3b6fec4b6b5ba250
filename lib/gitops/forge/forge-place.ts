import { parseEndpoint } from "../../engine/http.ts"
import { quote, SlipwayError } from "../../error.ts"
import { type GitRemote, hostname } from "../git/remote.ts"
import { BITBUCKET } from "./bitbucket.ts"
import type { Forge, ForgePlace } from "./forge.ts"
import { GITEA } from "./gitea.ts"
import { GITHUB } from "./github.ts"
import { GITLAB } from "./gitlab.ts"

/** What a caller says of the forge; the rest is read off the repository's address. */
export type ForgeInput = { forge?: string; endpoint?: string }

const FORGES: Record<string, Forge> = {
  github: GITHUB,
  gitlab: GITLAB,
  gitea: GITEA,
  forgejo: GITEA,
  bitbucket: BITBUCKET,
}

/** Who is asked for a request on this repository, and where. */
export function parseForge(remote: GitRemote, { forge, endpoint }: ForgeInput): { forge: Forge; place: ForgePlace } {
  const name = forge ?? forgeOf(hostname(remote))
  if (!name) throw unknownForge(remote)
  const known = requireForge(remote, name)
  const address = (endpoint || defaultEndpoint(name, remote)).replace(/\/+$/, "")
  return { forge: known, place: { endpoint: parseEndpoint(address), repository: repositoryOf(remote) } }
}

/** A forge by its name; a mistyped one is an error also where only its user is needed. */
export function requireForge(remote: GitRemote, name: string): Forge {
  const known = Object.hasOwn(FORGES, name) ? FORGES[name] : undefined
  if (known) return known
  throw unknownForge(remote, name)
}

/** The repository's path on its server, which is its name in the forge's API. */
export function repositoryOf(remote: GitRemote): string {
  const path = URL.canParse(remote.url) ? new URL(remote.url).pathname : remote.url.replace(/^[^:]*:/, "")
  const repository = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "")
  if (/^[^/]+(?:\/[^/]+)+$/.test(repository) && !repository.split("/").includes("..")) return repository
  throw new SlipwayError("ADDRESS_INVALID", {
    expected: "a repository's address with its owner, such as https://github.com/acme/deploy",
    got: quote(remote.url),
    fix: "A pull request is opened by owner and name: pass the address that the forge shows for cloning.",
  })
}

/** Hosts that say by their name what they run. */
function forgeOf(host: string): string | undefined {
  if (host === "codeberg.org") return "forgejo"
  if (host === "bitbucket.org") return "bitbucket"
  if (/^github\.|\.ghe\.com$/.test(host)) return "github"
  return host.match(/^(gitlab|gitea|forgejo)\./)?.[1]
}

function defaultEndpoint(name: string, remote: GitRemote): string {
  const host = remote.transport === "https" || remote.transport === "http" ? remote.host : hostname(remote)
  const base = remote.transport === "http" ? `http://${host}` : `https://${host}`
  switch (name) {
    case "github":
      if (/^github\.com$|\.ghe\.com$/.test(host)) return `https://api.${host}`
      return `${base}/api/v3`
    case "gitlab":
      return `${base}/api/v4`
    case "bitbucket":
      return "https://api.bitbucket.org/2.0"
    default:
      return `${base}/api/v1`
  }
}

function unknownForge(remote: GitRemote, forge?: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--forge to be one of GITHUB, GITLAB, GITEA, FORGEJO, BITBUCKET",
    got: forge ? quote(forge) : `none, and the host ${quote(hostname(remote))} does not say which it is`,
    fix: "Name the forge that runs there, and its API with --forge-endpoint if it is not in the usual place.",
  })
}
