/** Matches a file's path as Trivy's ignore file does: `*` within a folder, `**` across folders. */
export function matchesGlob(path: string, glob: string): boolean {
  const pattern = glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => WILDCARDS[part] ?? part.replace(/[.+^${}()|[\]\\]/g, "\\$&"))
    .join("")
  return new RegExp(`^${pattern}$`).test(path)
}

const WILDCARDS: Record<string, string> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" }

/**
 * Whether a package is meant by a purl that may leave out version and qualifiers; what it does name must be equal.
 * https://github.com/package-url/purl-spec
 */
export function matchesPurl(purl: string, pattern: string): boolean {
  const [found, wanted] = [readPurl(purl), readPurl(pattern)]
  const qualified = [...wanted.qualifiers].every(([key, value]) => found.qualifiers.get(key) === value)
  return found.name === wanted.name && (!wanted.version || wanted.version === found.version) && qualified
}

function readPurl(purl: string): { name: string; version: string; qualifiers: URLSearchParams } {
  const [locator = "", query = ""] = (purl.split("#")[0] ?? "").split("?")
  const at = locator.lastIndexOf("@")
  // "@" at the start of a segment is a scope (pkg:npm/@acme/lib), not a version.
  const versioned = at > 0 && locator[at - 1] !== "/"
  const [name, version] = versioned ? [locator.slice(0, at), locator.slice(at + 1)] : [locator, ""]
  return {
    name: decodeURIComponent(name),
    version: decodeURIComponent(version),
    qualifiers: new URLSearchParams(query),
  }
}
