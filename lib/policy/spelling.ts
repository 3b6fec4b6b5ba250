import { DIGEST } from "../oci/reference.ts"

/** Docker Hub's images are written without host, or with another name of it; all others in one way. */
export function spellings(repository: string): string[] {
  const [, path] = repository.match(/^(?:docker\.io|index\.docker\.io)\/(.+)$/) ?? []
  if (!path) return [repository]
  const short = path.replace(/^library\//, "")
  const paths = [...new Set([path, short])]
  return [...paths.flatMap((path) => [`docker.io/${path}`, `index.docker.io/${path}`]), ...paths]
}

/** Every way to name an image of the repository, for engines that compare the text as it was written. */
export function imageGlobs(repository: string): string[] {
  return spellings(repository).flatMap((name) => [name, `${name}:*`, `${name}@*`])
}

/** The same as an anchored regular expression: a repository whose name merely begins alike is another one. */
export function imagePattern(repository: string): string {
  return `^${names(repository)}(:[^@/]+)?(@.+)?$`
}

/** Only with a digest, whether a tag stands before it or not. */
export function pinnedPattern(repository: string): string {
  return `^${names(repository)}(:[^@/]+)?@${DIGEST}$`
}

/** A name for the policy's own object: https://kubernetes.io/docs/concepts/overview/working-with-objects/names */
export function objectName(repository: string): string {
  const words = repository
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
  return `signed-${words.slice(-50).replace(/^-/, "")}`
}

function names(repository: string): string {
  const escaped = spellings(repository).map((name) => name.replace(/[.[\]]/g, "\\$&"))
  return escaped.length === 1 ? String(escaped[0]) : `(${escaped.join("|")})`
}
