/** Arguments of crane; `ref` is a repository with a digest or a tag. */
type Scheme = { plainHttp: boolean }

export function listTagsArgs(repository: string, scheme: Scheme): string[] {
  return ["ls", ...insecure(scheme), repository]
}

export function digestArgs(ref: string, scheme: Scheme): string[] {
  return ["digest", ...insecure(scheme), ref]
}

export function manifestArgs(ref: string, scheme: Scheme): string[] {
  return ["manifest", ...insecure(scheme), ref]
}

/** The config of one platform's image, by its own digest. */
export function configArgs(ref: string, scheme: Scheme): string[] {
  return ["config", ...insecure(scheme), ref]
}

/** By digest the manifest goes, and in most registries its tags; by tag at least the tag. */
export function deleteArgs(ref: string, scheme: Scheme): string[] {
  return ["delete", ...insecure(scheme), ref]
}

function insecure({ plainHttp }: Scheme): string[] {
  return plainHttp ? ["--insecure"] : []
}
