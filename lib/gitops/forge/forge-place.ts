import { parseEndpoint } from "../../engine/http.ts"
import { quote, SlipwayError } from "../../error.ts"
import { type GitRemote, hostname } from "../git/remote.ts"
import { BITBUCKET } from "./bitbucket.ts"
import type { Forge, ForgePlace } from "./forge.ts"
import { GITEA } from "./gitea.ts"
import { GITHUB } from "./github.ts"
import { GITLAB } from "./gitlab.ts"

/** The forge as a caller names it; the repository's address supplies the defaults. */
export type ForgeInput = { forge?: string; endpoint?: string }

const FORGES: Record<string, Forge> = {
  github: GITHUB,
  gitlab: GITLAB,
  gitea: GITEA,
  forgejo: GITEA,
  bitbucket: BITBUCKET,
}

/** Finds the forge of a repository and its API. */
export function parseForge(remote: GitRemote, { forge, endpoint }: ForgeInput): { forge: Forge; place: ForgePlace } {
  const name = forge ?? forgeOf(hostname(remote))
  if (!name) throw unknownForge(remote)
  const known = requireForge(remote, name)
  const address = (endpoint || defaultEndpoint(name, remote)).replace(/\/+$/, "")
  return { forge: known, place: { endpoint: parseEndpoint(address), repository: repositoryOf(remote) } }
}

/** Returns a forge by name; an unknown name is an error even for a plain push, which needs only the forge's user. */
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
    expected: "a repository's address with an owner and a name, such as https://github.com/acme/deploy",
    got: quote(remote.url),
    fix: "Set --repo to the address that the forge shows for cloning: its API addresses a repository by owner and name.",
  })
}

/** Hosts whose name tells their forge. */
export function forgeOf(host: string): string | undefined {
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
    got: forge ? quote(forge) : `none, and the host ${quote(hostname(remote))} does not identify its forge`,
    fix: "Pass --forge, and --forge-endpoint if its API is not at the default address.",
  })
}
