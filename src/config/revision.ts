/** What a git checkout says of the source. `time` is the commit's, in seconds since 1970; `url` is a web address. */
export type Revision = {
  commit: string
  time: number
  branch?: string
  tags: string[]
  dirty: boolean
  url?: string
}

/** Reads what three git commands answered: log --format=%H%n%ct%n%D, status --porcelain=v2 --branch, and the remote. */
export function parseRevision(git: { commit: string; status: string; url: string }): Revision {
  const [commit = "", time = "", refs = ""] = git.commit.split("\n")
  const lines = git.status.split("\n").filter((line) => line !== "")
  const branch = lines.find((line) => line.startsWith("# branch.head "))?.slice("# branch.head ".length)
  const url = webAddress(git.url.trim())
  return {
    commit,
    time: Number(time),
    ...(branch && branch !== "(detached)" && { branch }),
    tags: refs.split(", ").flatMap((ref) => (ref.startsWith("tag: ") ? [ref.slice("tag: ".length)] : [])),
    dirty: lines.some((line) => !line.startsWith("# ")),
    ...(url && { url }),
  }
}

/** A remote as an address for people, without the login that CI systems leave in it; undefined for a path. */
export function webAddress(remote: string): string | undefined {
  const [, host, path] =
    remote.match(/^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+(?::[0-9]+)?)\/(.+)$/) ??
    remote.match(/^(?:[^@/]+@)([^/:]+):(?!\/\/)(.+)$/) ??
    []
  if (!host || !path) return undefined
  const web = remote.startsWith("http") ? host : host.replace(/:[0-9]+$/, "")
  const scheme = remote.startsWith("http://") ? "http" : "https"
  return `${scheme}://${web}/${path.replace(/\/+$/, "").replace(/\.git$/, "")}`
}
