/** A package's address without version and qualifiers, such as pkg:npm/@acme/lib, and both of them. */
export type Purl = { name: string; version: string; qualifiers: URLSearchParams }

/** Reads a package URL of a scanner or a person: https://github.com/package-url/purl-spec */
export function readPurl(purl: string): Purl {
  const [locator = "", query = ""] = (purl.split("#")[0] ?? "").split("?")
  const at = locator.lastIndexOf("@")
  // "@" at the start of a segment is a scope (pkg:npm/@acme/lib), not a version
  const versioned = at > 0 && locator[at - 1] !== "/"
  const [name, version] = versioned ? [locator.slice(0, at), locator.slice(at + 1)] : [locator, ""]
  return { name: decodePurl(name), version: decodePurl(version), qualifiers: new URLSearchParams(query) }
}

/** Decodes a part of a purl; text that is not encoded correctly stays as it is. */
export function decodePurl(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
