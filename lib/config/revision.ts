import semver from "semver"

/**
 * A commit that is built again on newer base images. `bases` is the same for the same digests of them; `at` is when the run
 * began, in seconds since 1970.
 */
export type Refresh = { bases: string; at: number }

/** The git revision of the source. `time` is the commit's, in seconds since 1970; `url` is the page of the repository. */
export type Revision = {
  commit: string
  time: number
  branch?: string
  tags: string[]
  dirty: boolean
  /** The changed files, such as "main.go: modified"; the first ones, and the number of others. */
  changes?: string[]
  url?: string
  refresh?: Refresh
}

/** Parses git's output: log --format=%H%n%ct%n%D, status --porcelain=v2 --branch --no-renames, and the remote. */
export function parseRevision(git: { commit: string; status: string; url: string }): Revision {
  const [commit = "", time = "", refs = ""] = git.commit.split("\n")
  const lines = git.status.split("\n").filter((line) => line !== "")
  const branch = lines.find((line) => line.startsWith("# branch.head "))?.slice("# branch.head ".length)
  const changes = lines.filter((line) => !line.startsWith("# ")).map(changeText)
  const url = webAddress(git.url.trim())
  return {
    commit,
    time: Number(time),
    ...(branch && branch !== "(detached)" && { branch }),
    tags: refs.split(", ").flatMap((ref) => (ref.startsWith("tag: ") ? [ref.slice("tag: ".length)] : [])),
    dirty: changes.length > 0,
    ...(changes.length && { changes: shorten(changes) }),
    ...(url && { url }),
  }
}

/** The number of changes that a person reads. */
const MOST_CHANGES = 20

function shorten(changes: string[]): string[] {
  const more = changes.length - MOST_CHANGES
  return more > 0 ? [...changes.slice(0, MOST_CHANGES), `and ${more} more`] : changes
}

const STATES: Record<string, string> = { A: "added", D: "deleted", T: "another type", M: "modified", R: "renamed" }

/** The path is the last field: https://git-scm.com/docs/git-status#_porcelain_format_version_2 */
function changeText(line: string): string {
  const [kind, xy = "", submodule = ""] = line.split(" ")
  if (kind === "?") return `${line.slice(2)}: untracked`
  if (kind === "u") return `${fieldsFrom(line, 10)}: in conflict`
  if (kind !== "1") return line
  const [index = ".", tree = "."] = xy
  const state = submodule.startsWith("S") ? "submodule with changes" : STATES[tree === "." ? index : tree]
  return `${fieldsFrom(line, 8)}: ${state ?? "changed"}`
}

/** Joins the remaining fields, because a path may contain spaces. */
function fieldsFrom(line: string, at: number): string {
  return line.split(" ").slice(at).join(" ")
}

// The login ends at the last @ before the path, because a password may contain one.
const URL_SHAPE = /^(https?|ssh|git):\/\/(?:[^/]*@)?([^/:@]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?\/(.+)$/
const SCP_SHAPE = /^[^/:]+@([^/:@[]+|\[[0-9A-Fa-f:.]+\]):(?!\/\/)(.+)$/

/**
 * The web address of a remote, without the login that CI systems leave in it; undefined for a path. A forge with SSH access
 * has its pages on the same host; a git daemon has no pages, so its own address remains.
 */
export function webAddress(remote: string): string | undefined {
  const [, scheme, host, port = "", path] = remote.match(URL_SHAPE) ?? []
  if (scheme && host && path) {
    if (scheme === "git") return `git://${host}${port}/${path}`
    return scheme === "ssh" ? pageOf(`https://${host}`, path) : pageOf(`${scheme}://${host}${port}`, path)
  }
  const [, scpHost, scpPath] = remote.match(SCP_SHAPE) ?? []
  return scpHost && scpPath ? pageOf(`https://${scpHost}`, scpPath) : undefined
}

function pageOf(server: string, path: string): string {
  return `${server}/${path.replace(/\/+$/, "").replace(/\.git$/, "")}`
}

/** The version in a git tag; `text` has no leading v. */
export type Version = { text: string; major: string; minor: string; preRelease: boolean }

/** The highest version among a commit's git tags, in the order of https://semver.org/#spec-item-11. */
export function parseVersion(tags: string[]): Version | undefined {
  const [last] = tags.flatMap((tag) => semver.parse(tag) ?? []).sort((a, b) => semver.compareBuild(b, a))
  if (!last) return undefined
  return {
    text: last.raw.replace(/^v/, ""),
    major: String(last.major),
    minor: String(last.minor),
    preRelease: last.prerelease.length > 0,
  }
}

/** Negative if the first version is lower than the second; undefined if one of them is not a version. */
export function compareVersions(first = "", second = ""): number | undefined {
  const [one, other] = [semver.parse(first), semver.parse(second)]
  return one && other ? semver.compare(one, other) : undefined
}
